-- The indexes of these tables: schema, name, whether it is valid, definition.
SELECT n.nspname::text, c.relname::text, i.indisvalid, pg_catalog.pg_get_indexdef(i.indexrelid)
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE i.indrelid = ANY (%(oids)s::pg_catalog.oid[])
ORDER BY n.nspname, c.relname
