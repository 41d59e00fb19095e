-- loses: public.users.mail
-- migration
ALTER TABLE users RENAME email TO mail; UPDATE users SET mail = '';
