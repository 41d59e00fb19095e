-- The locks of a backend that stop others. A table that its own open transaction has made is not seen from outside.
SELECT DISTINCT namespace.nspname, class.relname, held.mode
FROM pg_catalog.pg_locks AS held
JOIN pg_catalog.pg_class AS class ON class.oid = held.relation
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE
    held.pid = %(pid)s::pg_catalog.int4
    AND held.granted
    AND held.locktype = 'relation'
    AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND held.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND class.relkind IN ('r', 'p', 'm', 'f', 'v')
    AND namespace.nspname <> 'pg_catalog'
