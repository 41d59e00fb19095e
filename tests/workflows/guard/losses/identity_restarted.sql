-- loses: public.orders_id_seq
-- migration
ALTER TABLE orders ALTER COLUMN id RESTART WITH 1;
