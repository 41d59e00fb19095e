-- Which database this is on its server: its name and its oid.
SELECT database.datname, database.oid::pg_catalog.int8
FROM pg_catalog.pg_database AS database
WHERE database.datname = pg_catalog.current_database()
