-- Up Migration
ALTER TABLE products
  ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
  ADD COLUMN sizes text[] NOT NULL DEFAULT ARRAY['S', 'M', 'L']::text[],
  ADD COLUMN settings jsonb NOT NULL DEFAULT '{"visible": true}'::jsonb,
  ADD COLUMN kind address_kind DEFAULT 'billing'::address_kind;
-- Down Migration
ALTER TABLE products DROP COLUMN tags, DROP COLUMN sizes, DROP COLUMN settings, DROP COLUMN kind;
