-- loses: public.items
-- migration
SET search_path = ''; DELETE FROM public.items;
