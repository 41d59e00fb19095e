-- loses: public.users.credit
-- migration
ALTER TABLE users ALTER COLUMN credit TYPE integer;
