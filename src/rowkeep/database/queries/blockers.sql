-- name: blocking_sessions
-- Which sessions a session waits for. Process 0 is a prepared transaction.
SELECT
    blocker.pid, activity.usename,
    CASE WHEN blocker.pid = 0 THEN 'a prepared transaction' ELSE activity.application_name END AS application,
    pg_catalog.host(activity.client_addr) AS address, activity.state,
    EXTRACT(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start)::pg_catalog.float8 AS age, activity.query
FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(%(pid)s::pg_catalog.int4)) AS blocker (pid)
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = blocker.pid

-- name: still_blocking
-- How many of these sessions are still in the transaction in which they were seen.
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_stat_activity AS activity
WHERE
    activity.pid = ANY(%(pids)s::pg_catalog.int4[])
    AND EXTRACT(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start) >= %(age)s::pg_catalog.float8

-- name: cancel
-- Cancel the running query of a session.
SELECT pg_catalog.pg_cancel_backend(%(pid)s::pg_catalog.int4)

-- name: held_locks
-- The locks of a session that block others. Tables that its open transaction created are not visible from outside.
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

-- name: conflicting_sessions
-- Which sessions hold or wait for a lock that conflicts with these, on these tables and all that inherit from them.
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

-- name: progress
-- The progress of a session where PostgreSQL counts it: index builds, VACUUM, CLUSTER, ANALYZE, COPY.
SELECT 'index build: ' || at.phase, at.blocks_done, at.blocks_total, 'blocks'
FROM pg_catalog.pg_stat_progress_create_index AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
UNION ALL
SELECT 'vacuum: ' || at.phase, at.heap_blks_scanned, at.heap_blks_total, 'blocks'
FROM pg_catalog.pg_stat_progress_vacuum AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
UNION ALL
SELECT 'rewrite: ' || at.phase, at.heap_blks_scanned, at.heap_blks_total, 'blocks'
FROM pg_catalog.pg_stat_progress_cluster AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
UNION ALL
SELECT 'analyze: ' || at.phase, at.sample_blks_scanned, at.sample_blks_total, 'blocks'
FROM pg_catalog.pg_stat_progress_analyze AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
UNION ALL
SELECT 'copy', at.tuples_processed, 0, 'rows'
FROM pg_catalog.pg_stat_progress_copy AS at
WHERE at.pid = %(pid)s::pg_catalog.int4

-- name: activity
-- What a session does at this moment, as far as the role may know. No row: the session is gone.
SELECT activity.state, activity.wait_event
FROM pg_catalog.pg_stat_activity AS activity
WHERE activity.pid = %(pid)s::pg_catalog.int4

-- name: node_pg_migrate_sessions
-- Sessions of a node-pg-migrate that Rowkeep started in this database, by the beginning of their name.
SELECT
    activity.pid, activity.usename, activity.application_name, pg_catalog.host(activity.client_addr) AS address,
    activity.state,
    EXTRACT(
        epoch FROM pg_catalog.clock_timestamp() - COALESCE(activity.xact_start, activity.backend_start)
    )::pg_catalog.float8 AS age,
    activity.query
FROM pg_catalog.pg_stat_activity AS activity
WHERE
    activity.datname = pg_catalog.current_database()
    AND pg_catalog.starts_with(activity.application_name, %(beginning)s)
