-- For how many seconds the server has counted writes in this database: at least, where nobody has reset the counters.
SELECT EXTRACT(epoch FROM pg_catalog.clock_timestamp()
                          - COALESCE(pg_catalog.pg_stat_get_db_stat_reset_time(d.oid),
                                     pg_catalog.pg_postmaster_start_time()))::pg_catalog.float8
FROM pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
