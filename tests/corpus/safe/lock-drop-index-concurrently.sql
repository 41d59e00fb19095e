DROP INDEX CONCURRENTLY IF EXISTS public.orders_legacy_ref_idx;
