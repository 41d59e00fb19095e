INSERT INTO products (id, sku, title, price_cents)
SELECT id, sku, 'to be translated', price_cents FROM products
ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title;
