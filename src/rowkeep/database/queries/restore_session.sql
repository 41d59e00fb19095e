-- What tells this session from every other of the server: (process, start in microseconds since 1970).
SELECT a.pid, (EXTRACT(epoch FROM a.backend_start) * 1000000)::bigint
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = pg_catalog.pg_backend_pid()
