-- Up Migration
DROP INDEX IF EXISTS public.orders_legacy_ref_idx;
-- Down Migration
CREATE INDEX orders_legacy_ref_idx ON orders (legacy_ref);
