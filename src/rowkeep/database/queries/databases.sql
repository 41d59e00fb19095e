-- name: drop_public
-- Drop the schema that every new database has, for a copy of a database that does not have it.
DROP SCHEMA IF EXISTS public

-- name: exists
-- Whether there is a database of this name.
SELECT EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname = %(name)s)

-- name: may_create
-- Whether the current role may create a database.
SELECT r.rolsuper OR r.rolcreatedb FROM pg_catalog.pg_roles r WHERE r.rolname = current_user

-- name: roles
-- The names of all roles.
SELECT r.rolname::text FROM pg_catalog.pg_roles r

-- name: is_used
-- Whether there is any user object in this database.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
) OR EXISTS (
    SELECT FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
) OR EXISTS (
    SELECT FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
) AS used

-- name: unfinished_databases
-- Databases that a restore was filling, and whether its session still runs: (name, ours to drop, running).
SELECT d.datname::text, pg_catalog.pg_has_role(d.datdba, 'USAGE'),
       EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
               WHERE a.pid = m.word[1]::bigint
                 -- Where we may not see when a session began, it may be that of the restore.
                 AND coalesce((EXTRACT(epoch FROM a.backend_start) * 1000000)::bigint = m.word[2]::bigint, true))
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL (SELECT pg_catalog.regexp_match(d.datname, '^rowkeep_restoring_(\d{1,9})_(\d{1,18})_')) AS m (word)
WHERE m.word IS NOT NULL
ORDER BY 1

-- name: session_identity
-- What identifies this session on its server: (process, start in microseconds since 1970).
SELECT a.pid, (EXTRACT(epoch FROM a.backend_start) * 1000000)::bigint
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = pg_catalog.pg_backend_pid()

-- name: current_role
-- The name of the current role.
SELECT CURRENT_USER::pg_catalog.text

-- name: analyze
-- Collect the planner's statistics for the whole database.
ANALYZE

-- name: extension_schemas
-- The extensions and the schemas of their objects.
SELECT e.extname::text, n.nspname::text
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace

-- name: public_owner
-- The owner of the schema `public`; no row where there is none.
SELECT pg_catalog.pg_get_userbyid(n.nspowner)::text
FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'

-- name: table_and_sequences
-- A table and the sequences of its columns: (schema, name).
WITH own AS (
    SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relname = %(table)s
)
SELECT n.nspname::text, c.relname::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid IN (SELECT o.oid FROM own o)
   OR c.relkind = 'S' AND c.oid IN (
       SELECT d.objid FROM pg_catalog.pg_depend d
       WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
         AND d.refobjid IN (SELECT o.oid FROM own o) AND d.deptype IN ('a', 'i'))
ORDER BY 1, 2
