-- loses: public.users
-- migration
UPDATE paid SET name = 'x';
