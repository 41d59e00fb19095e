-- Up Migration
ALTER TABLE orders ADD COLUMN region text;
-- Down Migration
ALTER TABLE orders DROP COLUMN region;
