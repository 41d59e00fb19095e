-- Who holds or waits for a lock that forbids reading one of these tables: (table, session).
SELECT l.relation::regclass::text, l.granted, a.pid, a.usename::text, a.application_name, a.client_addr::text, a.state,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8, a.query
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation = ANY (%(oids)s::oid[])
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND a.pid <> pg_catalog.pg_backend_pid()
ORDER BY l.granted DESC, a.xact_start
