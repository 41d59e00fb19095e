-- The tables whose rows a dump carries, and the partitioned tables above them (they hold no rows of their own).
SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind = 'p' AS partitioned
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  -- A standby cannot read unlogged tables, and pg_dump leaves their rows out there.
  AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
  -- An extension's tables come back with the extension.
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
