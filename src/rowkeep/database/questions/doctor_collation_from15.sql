-- The version of the database's collation as the operating system has it now ('' = it has none).
SELECT coalesce(pg_catalog.pg_database_collation_actual_version(oid), '')
  FROM pg_catalog.pg_database
 WHERE datname = pg_catalog.current_database()
