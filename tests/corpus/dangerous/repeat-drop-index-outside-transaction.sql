DROP INDEX CONCURRENTLY orders_legacy_ref_idx;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_legacy_ref_hash ON orders USING hash (legacy_ref);
