-- loses: public.orders
-- migration
DROP TABLE orders CASCADE;
