-- loses: public.users.email
-- migration
UPDATE users SET email = NULL;
