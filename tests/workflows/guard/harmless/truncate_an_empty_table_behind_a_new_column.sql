-- setup
CREATE FUNCTION sweep() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE empty; END $$;
-- migration
ALTER TABLE empty ADD COLUMN size int; SELECT sweep();
