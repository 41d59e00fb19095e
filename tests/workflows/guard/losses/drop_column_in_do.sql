-- loses: public.users.phone
-- migration
DO $$ BEGIN ALTER TABLE users DROP COLUMN phone; END $$;
