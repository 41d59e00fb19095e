-- loses: public.items
-- setup
CREATE FUNCTION sweep() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE items; END $$;
-- migration
ALTER TABLE items ADD COLUMN size int; SELECT sweep();
