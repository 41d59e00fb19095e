-- loses: public.totals
-- migration
DROP TABLE orders CASCADE;
