-- The names of all roles.
SELECT r.rolname::text FROM pg_catalog.pg_roles r
