-- name: end_holder
-- End the session that holds the run lock, if it is still the one that was found.
SELECT pg_catalog.pg_terminate_backend(activity.pid)
FROM pg_catalog.pg_locks AS held
JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid
WHERE
    held.locktype = 'advisory'
    AND held.granted
    AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND held.objsubid = 1
    AND held.classid = ((%(key)s::pg_catalog.int8 >> 32) & 4294967295)::pg_catalog.oid
    AND held.objid = (%(key)s::pg_catalog.int8 & 4294967295)::pg_catalog.oid
    AND activity.pid = %(pid)s::pg_catalog.int4
    AND activity.backend_start::pg_catalog.text = %(began)s

-- name: holders
-- Which sessions hold the run lock in this database, and when they began.
SELECT
    activity.pid, activity.usename, activity.application_name, pg_catalog.host(activity.client_addr) AS address,
    activity.state,
    EXTRACT(
        epoch FROM pg_catalog.clock_timestamp() - COALESCE(activity.xact_start, activity.backend_start)
    )::pg_catalog.float8 AS age,
    activity.query,
    activity.backend_start::pg_catalog.text AS began
FROM pg_catalog.pg_locks AS held
JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid
WHERE
    held.locktype = 'advisory'
    AND held.granted
    AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND held.objsubid = 1
    AND held.classid = ((%(key)s::pg_catalog.int8 >> 32) & 4294967295)::pg_catalog.oid
    AND held.objid = (%(key)s::pg_catalog.int8 & 4294967295)::pg_catalog.oid

-- name: release
-- Release the run lock.
SELECT pg_catalog.pg_advisory_unlock(%(key)s::pg_catalog.int8)

-- name: try_lock
-- Acquire the run lock if it is free. Never waits: waiting inside a lock function deadlocks with an index build.
SELECT pg_catalog.pg_try_advisory_lock(%(key)s::pg_catalog.int8)

-- name: try_lock_in_process
-- Acquire the run lock if it is free and the server process answers that took the login. Never waits.
SELECT
    CASE
        WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) %(pid)s::pg_catalog.int4
            THEN pg_catalog.pg_try_advisory_lock(%(key)s::pg_catalog.int8)
        ELSE false
    END

-- name: advisory_locks
-- The advisory locks of this session: class, object, kind and mode, and whether it is the run lock.
SELECT
    held.classid::pg_catalog.int8, held.objid::pg_catalog.int8, held.objsubid, held.mode,
    held.objsubid = 1
    AND held.classid = ((%(key)s::pg_catalog.int8 >> 32) & 4294967295)::pg_catalog.oid
    AND held.objid = (%(key)s::pg_catalog.int8 & 4294967295)::pg_catalog.oid AS is_ours
FROM pg_catalog.pg_locks AS held
WHERE held.locktype = 'advisory' AND held.granted AND held.pid = pg_catalog.pg_backend_pid()
ORDER BY 1, 2, 3

-- name: release_advisory
-- Release an advisory lock that a migration left behind; false if the session does not hold it (any more).
SELECT CASE
    WHEN %(pair)s AND %(shared)s THEN pg_catalog.pg_advisory_unlock_shared(%(class)s::pg_catalog.int4, %(object)s::pg_catalog.int4)
    WHEN %(pair)s THEN pg_catalog.pg_advisory_unlock(%(class)s::pg_catalog.int4, %(object)s::pg_catalog.int4)
    WHEN %(shared)s THEN pg_catalog.pg_advisory_unlock_shared(%(key)s::pg_catalog.int8)
    ELSE pg_catalog.pg_advisory_unlock(%(key)s::pg_catalog.int8)
END
