-- Materialized views that cannot be read yet, and tables whose row security lets nobody see a row: (kind, name).
SELECT 'materialized view', c.oid::regclass::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND NOT c.relispopulated AND n.nspname !~ '^pg_'
UNION ALL
SELECT 'table', c.oid::regclass::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid)
ORDER BY 1, 2
