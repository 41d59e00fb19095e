-- loses: public.users.name
-- migration
UPDATE users SET name = 'x';
