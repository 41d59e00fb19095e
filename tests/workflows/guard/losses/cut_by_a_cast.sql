-- loses: public.users.phone
-- migration
ALTER TABLE users ALTER phone TYPE text USING phone::varchar(3);
