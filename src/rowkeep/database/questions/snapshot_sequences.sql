-- The last value of every sequence. Sequences know no snapshot: a dump that starts now holds these or later values.
SELECT s.schemaname::text, s.sequencename::text, s.last_value, s.increment_by > 0 AS ascending
FROM pg_catalog.pg_sequences s
JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.sequencename
WHERE s.schemaname !~ '^pg_' AND s.schemaname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
