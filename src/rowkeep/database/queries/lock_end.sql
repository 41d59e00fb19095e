-- End the session that holds the lock of a run, if it is still the one that was looked at.
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
