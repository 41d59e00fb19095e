-- loses: public.items.log_items
-- migration
ALTER TABLE items DISABLE TRIGGER log_items;
