-- The roles that are there.
SELECT rolname FROM pg_catalog.pg_roles
