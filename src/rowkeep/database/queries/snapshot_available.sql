-- The extensions that this server can create.
SELECT a.name::text FROM pg_catalog.pg_available_extensions a
