-- Up Migration
CREATE INDEX CONCURRENTLY IF NOT EXISTS customers_full_name_idx ON public.customers USING btree (lower(full_name));

-- Down Migration
DROP INDEX CONCURRENTLY IF EXISTS public.customers_full_name_idx;
