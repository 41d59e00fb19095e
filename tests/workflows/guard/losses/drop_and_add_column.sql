-- loses: public.users.phone
-- migration
ALTER TABLE users DROP COLUMN phone, ADD COLUMN phone varchar(40);
