CREATE FUNCTION billing.retire(name text) RETURNS text LANGUAGE plpgsql AS $f$
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS %I', name);
  RETURN name;
END
$f$;

INSERT INTO audit.log (what, details)
VALUES ('retired', to_jsonb(billing.retire('LegacyOrders')));
