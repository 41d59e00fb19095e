-- Up Migration
ALTER TABLE orders ADD COLUMN archived_at timestamptz;
CREATE INDEX CONCURRENTLY orders_archived_at_idx ON orders (archived_at);
UPDATE settings SET value = 'on' WHERE key = 'archiving';

-- Down Migration
ALTER TABLE orders DROP COLUMN archived_at;
