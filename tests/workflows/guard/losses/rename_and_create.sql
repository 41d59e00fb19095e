-- loses: public.items
-- migration
ALTER TABLE items RENAME TO items_old; CREATE TABLE items (id bigserial PRIMARY KEY, order_id bigint, name text, amount int);
