CREATE FUNCTION default_locale() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'de-DE' $$;
ALTER TABLE customers ADD COLUMN locale text NOT NULL DEFAULT default_locale();
