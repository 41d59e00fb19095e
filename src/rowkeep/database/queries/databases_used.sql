-- Is there anything in this database that somebody made?
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
) OR EXISTS (
    SELECT FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
) OR EXISTS (
    SELECT FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
) AS used
