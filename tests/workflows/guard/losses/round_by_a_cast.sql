-- loses: public.users.credit
-- migration
ALTER TABLE users ALTER credit TYPE numeric(10, 4) USING credit::numeric(10, 0);
