-- loses: public.orders
-- only: superuser
-- migration
ALTER TABLE orders DISABLE TRIGGER ALL;
