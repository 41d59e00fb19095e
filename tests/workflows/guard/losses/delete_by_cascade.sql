-- loses: public.orders
-- migration
DELETE FROM users WHERE id < 100;
