-- Up Migration
ALTER TABLE orders ALTER COLUMN currency DROP DEFAULT;
-- Down Migration
ALTER TABLE orders ALTER COLUMN currency SET DEFAULT 'EUR';
