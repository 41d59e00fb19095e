-- Up Migration
CREATE FUNCTION ignore_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RETURN NULL;
END
$$;
CREATE TRIGGER shipments_read_only BEFORE INSERT OR UPDATE OR DELETE ON shipments
  FOR EACH ROW EXECUTE FUNCTION ignore_write();
-- Down Migration
DROP TRIGGER shipments_read_only ON shipments;
DROP FUNCTION ignore_write();
