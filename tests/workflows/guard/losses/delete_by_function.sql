-- loses: public.items
-- migration
SELECT purge();
