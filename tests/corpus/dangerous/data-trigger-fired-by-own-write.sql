CREATE FUNCTION new_season() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.key = 'season' THEN
    TRUNCATE bookings;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER settings_season AFTER INSERT ON settings FOR EACH ROW EXECUTE FUNCTION new_season();
INSERT INTO settings VALUES ('season', '2027');
