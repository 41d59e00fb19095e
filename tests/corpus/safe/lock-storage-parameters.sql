ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 90);
ALTER TABLE orders ALTER COLUMN status SET STATISTICS 500;
ALTER TABLE orders ALTER COLUMN customer_id SET (n_distinct = -0.2);
CREATE STATISTICS IF NOT EXISTS orders_country_stats ON customer_id, status FROM orders;
