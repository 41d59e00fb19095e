-- Up Migration
ALTER TABLE orders ADD CONSTRAINT orders_total_not_negative CHECK (total >= 0) NOT VALID;
-- Down Migration
ALTER TABLE orders DROP CONSTRAINT orders_total_not_negative;
