-- loses: public.paid
-- migration
ALTER TABLE users DROP COLUMN state CASCADE;
