-- loses: public.staff
-- migration
ALTER TABLE staff NO INHERIT people;
