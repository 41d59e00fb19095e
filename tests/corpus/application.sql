-- What the running application sends, as role shop_app with shop.customer_id = 1. A migration that makes one of these
-- fail breaks the deploy.
-- name: sign up
INSERT INTO customers (email, full_name, phone, country, vat_id, currency)
VALUES ('new@example.com', 'New Customer', '+49 40 4711', 'FR', 'FR12345678901', 'EUR') RETURNING id;
-- name: sign up again
INSERT INTO customers (email, full_name) VALUES ('customer1@example.com', 'Once More')
ON CONFLICT (email) DO UPDATE SET full_name = EXCLUDED.full_name RETURNING id;
-- name: import customer
INSERT INTO customers (id, email, full_name) VALUES (90001, 'imported@example.com', 'Imported');
-- name: show customer
SELECT id, email, full_name, phone, country, vat_id, currency, notes, created_at, deleted_at
FROM customers WHERE id = 1;
-- name: edit customer
UPDATE customers SET phone = '+49 30 1', notes = 'called back' WHERE id = 2 RETURNING id;
-- name: forget phone
UPDATE customers SET phone = NULL WHERE id = 3 RETURNING id;
-- name: list distinct customers
SELECT DISTINCT c.id, c.email FROM customers c JOIN orders o ON o.customer_id = c.id;
-- name: list distinct addresses
SELECT DISTINCT a.* FROM addresses a JOIN customers c ON c.id = a.customer_id;
-- name: customer directory
SELECT id, email, full_name, phone FROM customer_directory WHERE country = 'DE';
-- name: add address
INSERT INTO addresses (customer_id, kind, street, zip, city)
VALUES (1, 'shipping'::address_kind, 'New Street 1', '10115', 'Berlin') RETURNING id;
-- name: show products
SELECT id, sku, title, description, price_cents, weight_grams, attributes, color
FROM public.products WHERE NOT discontinued;
-- name: add product
INSERT INTO products (sku, title, price_cents) VALUES ('SKU-NEW', 'New', 100) RETURNING id;
-- name: place order
INSERT INTO orders (customer_id, shipping_address_id, total, legacy_ref) VALUES (1, 1, 10.00, 'x') RETURNING id;
-- name: place order items
INSERT INTO order_items (order_id, line, product_id, quantity, price_cents) VALUES (1, 99, 1, 1, 199) RETURNING line;
-- name: pay order
UPDATE orders SET status = 'paid'::order_status WHERE id = 5 RETURNING id;
-- name: cancel order
UPDATE orders SET status = 'cancelled', coupon_code = NULL WHERE id = 6 RETURNING id;
-- name: show order
SELECT id, customer_id, status, placed_at, shipped_at, shipping_address_id, total, currency, legacy_ref, note
FROM orders WHERE id = 1;
-- name: order overview
SELECT id, status, placed_at, total, full_name FROM order_overview WHERE id = 1;
-- name: order total
SELECT order_total(1);
-- name: price with tax
SELECT price_with_tax(price_cents) FROM products WHERE id = 1;
-- name: open cart
INSERT INTO carts (customer_id) VALUES (1) RETURNING id;
-- name: redeem coupon
SELECT percent_off FROM coupons WHERE code = 'CODE1';
-- name: start session
INSERT INTO sessions (customer_id, expires_at) VALUES (1, '2031-01-01') RETURNING id;
-- name: read setting
SELECT value FROM settings WHERE key = 'site_name';
-- name: ship order
INSERT INTO shipments (order_id, size) VALUES (30, ROW (100, 100, 100)) RETURNING id;
-- name: book room
INSERT INTO bookings (room, during) VALUES (1, '[2027-01-01, 2027-01-02)') RETURNING id;
-- name: read documents
SELECT count(*) FROM documents;
-- name: write invoice
INSERT INTO billing.invoices (order_id, amount) VALUES (50, 99.90) RETURNING number;
-- name: capture payment
INSERT INTO billing.payments (invoice_id, amount_cents, provider) VALUES (1, 9990, 'stripe') RETURNING id;
-- name: capture payment without invoice
INSERT INTO billing.payments (amount_cents, provider) VALUES (5000, 'voucher') RETURNING id;
-- name: refund
INSERT INTO billing.refunds (payment_id, amount) VALUES (1, 1.00) RETURNING id;
-- name: book entry
INSERT INTO billing.ledger_entries (entry_id, account, amount) VALUES (1001, 'sales', 1) RETURNING entry_id;
-- name: open invoices
SELECT number, amount, order_id FROM reporting.open_invoices;
-- name: track event
INSERT INTO events (id, occurred_at, kind) VALUES (9001, '2026-10-05', 'click') RETURNING id;
-- name: track late event
INSERT INTO events (id, occurred_at, kind) VALUES (9002, '2024-10-05', 'click') RETURNING id;
-- name: read metrics
SELECT day, value FROM metrics WHERE day >= '2026-07-01';
-- name: sales report
SELECT day, orders, total FROM daily_sales;
