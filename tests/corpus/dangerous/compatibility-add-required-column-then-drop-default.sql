-- Up Migration
-- The usual trick: fill the old rows through a default, then forget the default.
ALTER TABLE orders ADD COLUMN channel text NOT NULL DEFAULT 'web';
ALTER TABLE orders ALTER COLUMN channel DROP DEFAULT;
-- Down Migration
ALTER TABLE orders DROP COLUMN channel;
