-- Which sessions hold, or wait for, what some locks conflict with, on these tables and everything that inherits.
WITH RECURSIVE wanted AS (
    SELECT class.oid, named.mode, named.least
    FROM ROWS FROM (
        pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(schemas)s::pg_catalog.text[]),
        pg_catalog.unnest(%(modes)s::pg_catalog.text[]), pg_catalog.unnest(%(least)s::pg_catalog.int4[])
    ) AS named (name, schema, mode, least)
    JOIN pg_catalog.pg_class AS class ON class.relname = named.name
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE
        CASE
            WHEN named.schema IS NULL THEN namespace.nspname = ANY(%(path)s::pg_catalog.text[])
            ELSE namespace.nspname = named.schema
        END
    UNION
    SELECT child.inhrelid, wanted.mode, wanted.least
    FROM wanted
    JOIN pg_catalog.pg_inherits AS child ON child.inhparent = wanted.oid
)
SELECT DISTINCT ON (held.virtualtransaction)
    COALESCE(held.pid, 0) AS pid, activity.usename,
    CASE WHEN held.pid IS NULL THEN 'a prepared transaction' ELSE activity.application_name END AS application,
    pg_catalog.host(activity.client_addr) AS address, activity.state,
    EXTRACT(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start)::pg_catalog.float8 AS age, activity.query,
    held.virtualtransaction
FROM wanted
JOIN pg_catalog.pg_locks AS held ON held.relation = wanted.oid
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid
WHERE
    held.locktype = 'relation'
    AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND held.pid IS DISTINCT FROM %(pid)s::pg_catalog.int4
    AND held.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
    AND activity.backend_type IS DISTINCT FROM 'autovacuum worker'
    AND pg_catalog.array_position(
        '{
            AccessShareLock,RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,
            ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock
        }'::pg_catalog.text[],
        held.mode
    ) > wanted.least
    AND (held.mode <> 'ShareLock' OR wanted.mode <> 'ShareLock')
ORDER BY held.virtualtransaction
