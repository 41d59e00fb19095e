-- How many of some sessions are still in a transaction as old as the one they were seen in.
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_stat_activity AS activity
WHERE
    activity.pid = ANY(%(pids)s::pg_catalog.int4[])
    AND EXTRACT(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start) >= %(age)s::pg_catalog.float8
