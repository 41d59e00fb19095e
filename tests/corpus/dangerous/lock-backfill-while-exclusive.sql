-- Up Migration
ALTER TABLE orders ADD COLUMN total_cents bigint;
UPDATE orders SET total_cents = (total * 100)::bigint;
-- Down Migration
ALTER TABLE orders DROP COLUMN total_cents;
