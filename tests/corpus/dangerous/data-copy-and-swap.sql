BEGIN;
CREATE TABLE products_new AS SELECT id, sku, title, price_cents FROM products;
ALTER TABLE products RENAME TO products_old;
ALTER TABLE products_new RENAME TO products;
DROP TABLE products_old CASCADE;
COMMIT;
