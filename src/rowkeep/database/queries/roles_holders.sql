-- Other sessions that hold locks on tables of users in this database, the oldest transaction first.
SELECT a.pid, a.usename::text, a.application_name, pg_catalog.host(a.client_addr), a.state,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8, a.query
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.datname = pg_catalog.current_database()
   AND EXISTS (SELECT FROM pg_catalog.pg_locks AS l
                WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.granted AND l.relation >= 16384)
 ORDER BY a.xact_start
 LIMIT 5
