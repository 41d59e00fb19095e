BEGIN;
LOCK TABLE orders IN SHARE MODE;
INSERT INTO audit.log (what) SELECT 'orders: ' || count(*) FROM orders;
ALTER TABLE orders ADD COLUMN verified boolean;
COMMIT;
