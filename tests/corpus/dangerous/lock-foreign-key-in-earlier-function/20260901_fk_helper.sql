CREATE OR REPLACE FUNCTION add_fk(child regclass, col name, parent regclass) RETURNS void
LANGUAGE plpgsql AS $fn$
BEGIN
  EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (%I) REFERENCES %s (id)', child, col, parent);
END;
$fn$;
