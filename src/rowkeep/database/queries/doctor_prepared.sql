-- Prepared transactions of this database: they hold locks without a session.
SELECT gid, owner::text, extract(epoch FROM pg_catalog.clock_timestamp() - prepared)::float8
  FROM pg_catalog.pg_prepared_xacts
 WHERE database = pg_catalog.current_database()
 ORDER BY prepared
