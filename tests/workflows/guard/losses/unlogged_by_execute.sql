-- loses: public.items
-- migration
DO $$ BEGIN EXECUTE 'ALTER TABLE items SET UNLOGGED'; END $$;
