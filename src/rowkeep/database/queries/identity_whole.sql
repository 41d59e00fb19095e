-- Which database this is: its name, its oid, and the identifier of its cluster.
SELECT database.datname, database.oid::pg_catalog.int8, control.system_identifier::pg_catalog.text
FROM pg_catalog.pg_database AS database
CROSS JOIN pg_catalog.pg_control_system() AS control
WHERE database.datname = pg_catalog.current_database()
