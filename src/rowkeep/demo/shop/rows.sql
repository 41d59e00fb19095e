-- About 315,000 rows, the same on every run: 40,000 users, 5,000 products, 80,000 orders, 130,000 items, 60,000 payments.
INSERT INTO users (email, name, phone, created_at)
SELECT 'user' || n || '@example.com', 'User ' || n, CASE WHEN n % 3 = 0 THEN '+49 30 ' || (100000 + n) END,
       timestamptz '2024-01-01 00:00:00Z' + n * interval '17 minutes'
FROM generate_series(1, 40000) AS n;

UPDATE users SET referred_by = id / 7 WHERE id % 5 = 0 AND id >= 7;

INSERT INTO products (sku, title, price_cents, attributes)
SELECT 'SKU-' || lpad(n::text, 6, '0'), 'Product ' || n, 199 + (n * 37) % 20000,
       jsonb_build_object('colour', (ARRAY['red', 'green', 'blue'])[1 + n % 3], 'grams', 50 + n % 900)
FROM generate_series(1, 5000) AS n;

INSERT INTO orders (user_id, status, placed_at)
SELECT 1 + (n * 7919) % 40000,
       (ARRAY['new', 'paid', 'paid', 'shipped', 'shipped', 'shipped', 'cancelled', 'paid'])[1 + n % 8]::order_status,
       timestamptz '2024-06-01 00:00:00Z' + n * interval '9 minutes'
FROM generate_series(1, 80000) AS n;

INSERT INTO order_items (order_id, line, product_id, quantity, price_cents)
SELECT 1 + n % 80000, 1 + n / 80000, 1 + (n::bigint * 104729) % 5000, 1 + n % 4, 199 + (n * 37) % 20000
FROM generate_series(0, 129999) AS n;

INSERT INTO payments (order_id, amount_cents, provider, paid_at)
SELECT n, 500 + (n * 31) % 50000, (ARRAY['card', 'transfer', 'wallet'])[1 + n % 3],
       timestamptz '2024-06-01 01:00:00Z' + n * interval '9 minutes'
FROM generate_series(1, 60000) AS n;

ANALYZE;
