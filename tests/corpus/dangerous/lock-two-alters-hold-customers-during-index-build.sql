-- Up Migration
ALTER TABLE customers ADD COLUMN last_order_id integer;
CREATE INDEX orders_customer_latest_idx ON orders (customer_id, placed_at DESC);
-- Down Migration
DROP INDEX orders_customer_latest_idx;
ALTER TABLE customers DROP COLUMN last_order_id;
