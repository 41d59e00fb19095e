-- Up Migration
WITH repriced AS (
  UPDATE products SET price_cents = 0 RETURNING id, price_cents
)
INSERT INTO settings (key, value) SELECT 'repriced', count(*)::text FROM repriced;
-- Down Migration
