BEGIN;
DROP INDEX idx_products_title;
CREATE INDEX idx_products_title ON products (lower(title));
COMMIT;
