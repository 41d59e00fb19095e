CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);
CREATE INDEX CONCURRENTLY orders_shipped_at_idx ON orders (shipped_at);
