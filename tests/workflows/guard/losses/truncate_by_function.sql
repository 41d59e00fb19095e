-- loses: public.items
-- setup
CREATE FUNCTION sweep() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE items; END $$;
-- migration
SELECT sweep();
