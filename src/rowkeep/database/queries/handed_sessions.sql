-- Sessions of a node-pg-migrate that Rowkeep has started in this database, by their name's beginning.
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
