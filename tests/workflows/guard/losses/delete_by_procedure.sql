-- loses: public.items
-- setup
CREATE PROCEDURE cleanup() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM items; END $$;
-- migration
CALL cleanup();
