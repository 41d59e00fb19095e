-- loses: public.items
-- migration
DROP TABLE items; CREATE TABLE items (id bigserial PRIMARY KEY, order_id bigint, name text, amount int);
