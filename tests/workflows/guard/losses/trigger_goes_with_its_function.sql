-- loses: public.items.log_items
-- migration
DROP FUNCTION log_it() CASCADE;
