-- Up Migration
ALTER TYPE address_kind ADD VALUE 'pickup';
ALTER TABLE addresses ALTER COLUMN kind SET DEFAULT 'pickup';
-- Down Migration
ALTER TABLE addresses ALTER COLUMN kind SET DEFAULT 'shipping';
