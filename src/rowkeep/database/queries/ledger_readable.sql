-- Whether the ledger's tables are there, and whether the current role may read them.
SELECT
    COALESCE(pg_catalog.bool_and(pg_catalog.has_table_privilege(class.oid, 'SELECT')), false) AS readable,
    pg_catalog.count(*) = 4 AS complete,
    pg_catalog.count(*) = 0 AS absent
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE
    namespace.nspname = 'rowkeep'
    AND class.relkind = 'r'
    AND class.relname IN ('edition', 'run', 'entry', 'checkpoint')
