-- Up Migration
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_not_negative;
-- Down Migration
