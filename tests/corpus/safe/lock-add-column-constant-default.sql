-- Up Migration
ALTER TABLE orders ADD COLUMN priority smallint NOT NULL DEFAULT 0;

-- Down Migration
ALTER TABLE orders DROP COLUMN priority;
