-- The triggers of these tables: schema and name of the table, name, whether it fires, definition.
SELECT n.nspname::text, c.relname::text, t.tgname::text, t.tgenabled IN ('O', 'A'),
       pg_catalog.pg_get_triggerdef(t.oid)
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgrelid = ANY (%(oids)s::pg_catalog.oid[]) AND NOT t.tgisinternal
ORDER BY n.nspname, c.relname, t.tgname
