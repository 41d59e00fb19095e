CREATE FUNCTION next_number() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE legacy_coupons;
  RETURN 1;
END $$;
CREATE TABLE numbers (n integer DEFAULT next_number(), label text);
INSERT INTO numbers (label) VALUES ('first');
