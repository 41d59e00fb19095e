-- loses: public.users.email
-- migration
ALTER TABLE users ALTER COLUMN email TYPE varchar(4) USING left(email, 4);
