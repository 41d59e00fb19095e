-- The schemas that hold a table of this name.
SELECT namespace.nspname
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relname = %(table)s AND class.relkind IN ('r', 'p')
ORDER BY namespace.nspname
