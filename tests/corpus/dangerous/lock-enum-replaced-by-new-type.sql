-- Up Migration
-- PostgreSQL cannot remove an enum value, so build the type anew.
ALTER TYPE address_kind RENAME TO address_kind_old;
CREATE TYPE address_kind AS ENUM ('billing', 'shipping', 'pickup');
ALTER TABLE addresses ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE addresses
  ALTER COLUMN kind TYPE address_kind USING (kind::text::address_kind);
ALTER TABLE addresses ALTER COLUMN kind SET DEFAULT 'shipping';
DROP TYPE address_kind_old;
-- Down Migration
