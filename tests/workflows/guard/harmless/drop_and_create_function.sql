-- migration
DROP FUNCTION purge(); CREATE FUNCTION purge() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
