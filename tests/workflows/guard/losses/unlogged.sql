-- loses: public.orders
-- migration
ALTER TABLE orders SET UNLOGGED;
