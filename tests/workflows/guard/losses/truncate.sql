-- loses: public.items
-- migration
TRUNCATE items;
