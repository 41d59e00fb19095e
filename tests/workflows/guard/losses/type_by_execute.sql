-- loses: public.users.notes
-- migration
DO $$ BEGIN EXECUTE 'ALTER TABLE users ' || 'ALTER COLUMN notes TYPE text USING NULL'; END $$;
