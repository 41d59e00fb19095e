-- loses: public.items
-- setup
CREATE FUNCTION sweep() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE items; END $$;
-- migration
ALTER TABLE items ALTER amount TYPE bigint; SELECT sweep();
