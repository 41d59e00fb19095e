-- name: database_owner
-- The owner of this database.
SELECT pg_catalog.pg_get_userbyid(d.datdba)::text FROM pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()

-- name: drop_history
-- Forget the migrations of a scratch copy.
DROP TABLE IF EXISTS {history}

-- name: drop_ledger
-- Forget the ledger of a scratch copy.
DROP SCHEMA IF EXISTS rowkeep CASCADE

-- name: skip_function_bodies
-- What a function calls may come after it.
SET check_function_bodies = off

-- name: drop_extension
-- Drop an extension of a scratch copy.
DROP EXTENSION IF EXISTS {extension}
