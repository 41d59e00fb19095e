CREATE FUNCTION template() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $body$
DECLARE
  t text := $q$DO $x$ BEGIN DROP TABLE orders; END $x$;$q$;
BEGIN
  RETURN t || $$ -- not 'run' $$;
END
$body$;
