-- Whether every other session of this database has ended, and so has reported its statistics.
SELECT NOT EXISTS (
  SELECT FROM pg_catalog.pg_stat_activity AS activity
  WHERE activity.datname = pg_catalog.current_database()
    AND activity.backend_type = 'client backend'
    AND activity.pid <> pg_catalog.pg_backend_pid()
);
