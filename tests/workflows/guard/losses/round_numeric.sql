-- loses: public.users.credit
-- migration
ALTER TABLE users ALTER COLUMN credit TYPE numeric(10, 0);
