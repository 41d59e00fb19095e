-- loses: public.users.visits
-- migration
ALTER TABLE users ALTER COLUMN visits TYPE bigint USING 0;
