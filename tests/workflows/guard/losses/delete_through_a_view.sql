-- loses: public.users
-- migration
DELETE FROM paid WHERE id > 150;
