-- loses: public.users.phone
-- migration
ALTER TABLE users ALTER COLUMN phone TYPE varchar(3) USING phone::varchar(3);
