-- Who follows this server, and how far behind.
SELECT coalesce(application_name, ''), coalesce(client_addr::text, ''), coalesce(state, ''),
       coalesce(extract(epoch FROM replay_lag), 0)::float8
  FROM pg_catalog.pg_stat_replication
 ORDER BY 1, 2
