-- Up Migration
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_status_placed_at_idx ON orders (status, placed_at);

-- Down Migration
DROP INDEX CONCURRENTLY IF EXISTS orders_status_placed_at_idx;
