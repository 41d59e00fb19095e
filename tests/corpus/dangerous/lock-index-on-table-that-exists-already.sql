CREATE TABLE IF NOT EXISTS orders (
  id          serial PRIMARY KEY,
  customer_id bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_coupon_code_idx ON orders (coupon_code);
