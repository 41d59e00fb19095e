SET lock_timeout = '2s';

-- Up Migration
ALTER TABLE orders ADD COLUMN priority smallint;

-- Down Migration
ALTER TABLE orders DROP COLUMN priority;
