CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_coupon_code_key ON orders (coupon_code);
