-- loses: public.items
-- migration
CREATE TEMP VIEW pg_class AS SELECT 1 AS oid WHERE false; CREATE TEMP VIEW pg_locks AS SELECT 1 AS pid WHERE false; SET search_path = pg_temp, pg_catalog, public; DELETE FROM public.items;
