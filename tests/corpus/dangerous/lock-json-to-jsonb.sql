-- Up Migration
ALTER TABLE products
    ALTER COLUMN attributes DROP DEFAULT,
    ALTER COLUMN attributes SET DATA TYPE jsonb USING attributes::jsonb,
    ALTER COLUMN attributes SET DEFAULT '{}'::jsonb;

-- Down Migration
ALTER TABLE products ALTER COLUMN attributes TYPE json USING attributes::json;
