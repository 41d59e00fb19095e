-- Whether the table of marks is there, and whether the current role may read it.
SELECT
    pg_catalog.count(*) > 0 AS there,
    COALESCE(
        pg_catalog.bool_and(
            pg_catalog.has_schema_privilege(class.relnamespace, 'USAGE')
            AND pg_catalog.has_table_privilege(class.oid, 'SELECT')
        ),
        false
    ) AS readable
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE namespace.nspname = 'rowkeep' AND class.relname = 'environment' AND class.relkind = 'r'
