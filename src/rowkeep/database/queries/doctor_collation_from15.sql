-- The version of the database's collation as the operating system has it now ('' = it has none), and as recorded.
SELECT coalesce(pg_catalog.pg_database_collation_actual_version(oid), ''), coalesce(datcollversion, '')
  FROM pg_catalog.pg_database
 WHERE datname = pg_catalog.current_database()
