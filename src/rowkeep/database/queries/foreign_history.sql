-- name: atlas
-- Atlas: a row for each version, with counts of its statements; it is applied when all of them were.
SELECT entry.version::pg_catalog.text, entry.applied = entry.total FROM {history} AS entry WHERE entry.version <> '.atlas_cloud_identifier'

-- name: dbmate
-- dbmate: a row for each version.
SELECT entry.version::pg_catalog.text, true FROM {history} AS entry

-- name: diesel
-- Diesel: a row for each version.
SELECT entry.version::pg_catalog.text, true FROM {history} AS entry

-- name: flyway
-- Flyway: a row for each script that ran; rows of type baseline and schema are left out.
SELECT DISTINCT pg_catalog.regexp_replace(entry.script, '^.*/|[.]sql$', '', 'g'), entry.success
FROM {history} AS entry
WHERE entry.type = 'SQL'

-- name: golang_migrate
-- golang-migrate: one row, with the last applied version; dirty: that version failed half-way.
SELECT entry.version::pg_catalog.text, NOT entry.dirty FROM {history} AS entry

-- name: goose
-- goose: the newest row of each version counts; version 0 is its own (internal/dialects/postgres.go).
SELECT newest.version, true
FROM (
    SELECT DISTINCT ON (entry.version_id) entry.version_id::pg_catalog.text AS version, entry.is_applied AS applied
    FROM {history} AS entry
    WHERE entry.version_id > 0
    ORDER BY entry.version_id, entry.id DESC
) AS newest
WHERE newest.applied

-- name: prisma
-- Prisma: a row that is finished and not rolled back is applied; one that only began is neither (flavour/postgres.rs).
SELECT DISTINCT entry.migration_name::pg_catalog.text, entry.finished_at IS NOT NULL
FROM {history} AS entry
WHERE entry.rolled_back_at IS NULL

-- name: sqlx
-- sqlx: a row for each version; success is false while it runs, and after a failure outside a transaction.
SELECT entry.version::pg_catalog.text, entry.success FROM {history} AS entry

-- name: supabase
-- Supabase: a row for each version.
SELECT entry.version::pg_catalog.text, true FROM {history} AS entry

-- name: find_table
-- The schemas that have a table of this name.
SELECT namespace.nspname
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relname = %(table)s AND class.relkind IN ('r', 'p')
ORDER BY namespace.nspname
