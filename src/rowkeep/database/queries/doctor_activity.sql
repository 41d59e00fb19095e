-- Transactions of others in this database that are open for longer than `age` seconds, oldest first.
SELECT a.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, ''), coalesce(a.state, ''),
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8,
       coalesce(pg_catalog.regexp_replace(pg_catalog.left(a.query, 80), '\s+', ' ', 'g'), '')
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
   AND a.xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(age)s)
 ORDER BY a.xact_start
 LIMIT 20
