-- loses: public.users.phone
-- migration
ALTER TABLE users RENAME COLUMN phone TO phone_old; ALTER TABLE users ADD COLUMN phone varchar(40);
