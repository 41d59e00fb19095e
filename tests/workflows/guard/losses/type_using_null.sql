-- loses: public.users.notes
-- migration
ALTER TABLE users ALTER COLUMN notes TYPE text USING NULL;
