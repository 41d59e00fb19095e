-- A name under which other sessions can read exactly what this transaction reads.
SELECT pg_catalog.pg_export_snapshot()
