-- loses: public.items
-- migration
DELETE FROM items WHERE amount < 50;
