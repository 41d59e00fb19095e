-- Who holds the lock of a run in this database, and when that session began.
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
