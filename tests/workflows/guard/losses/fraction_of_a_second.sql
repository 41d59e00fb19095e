-- loses: public.users.seen
-- migration
ALTER TABLE users ALTER COLUMN seen TYPE timestamptz(0);
