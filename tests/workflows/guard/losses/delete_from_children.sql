-- loses: public.staff
-- migration
DELETE FROM people WHERE id > 0;
