-- How many of these schemas are there.
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_namespace AS namespace
WHERE namespace.nspname = ANY(%(names)s::pg_catalog.name[])
