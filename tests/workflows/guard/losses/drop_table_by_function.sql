-- loses: public.items
-- setup
CREATE FUNCTION sweep() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE items; END $$;
-- migration
SELECT sweep();
