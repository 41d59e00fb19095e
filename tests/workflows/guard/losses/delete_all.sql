-- loses: public.items
-- migration
DELETE FROM items;
