-- The extensions that a restore will ask for, and who owns them.
SELECT e.extname::text, e.extversion, pg_catalog.pg_get_userbyid(e.extowner)::text AS owner
FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY 1
