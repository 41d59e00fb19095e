CREATE INDEX CONCURRENTLY IF NOT EXISTS products_price_idx ON products (price_cents);
UPDATE products SET price_cents = round(price_cents * 1.19) WHERE NOT discontinued;
