-- Which sessions a backend waits for. Process 0 is a prepared transaction.
SELECT
    blocker.pid, activity.usename,
    CASE WHEN blocker.pid = 0 THEN 'a prepared transaction' ELSE activity.application_name END AS application,
    pg_catalog.host(activity.client_addr) AS address, activity.state,
    EXTRACT(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start)::pg_catalog.float8 AS age, activity.query
FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(%(pid)s::pg_catalog.int4)) AS blocker (pid)
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = blocker.pid
