-- name: existing_tables
-- Which of these tables exist, and whether the role may lock them by name (manual, LOCK).
SELECT DISTINCT ON (named.number)
    named.number, namespace.nspname, class.relname,
    class.relkind IN ('r', 'p')
    AND class.relpersistence <> 't'
    AND pg_catalog.has_table_privilege(class.oid, 'UPDATE, DELETE, TRUNCATE') AS lockable
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(schemas)s::pg_catalog.text[])
) WITH ORDINALITY AS named (name, schema, number)
JOIN pg_catalog.pg_class AS class ON class.relname = named.name
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE
    class.relkind IN ('r', 'p', 'm', 'f', 'v')
    AND CASE
        WHEN named.schema IS NULL THEN namespace.nspname = ANY(%(path)s::pg_catalog.text[])
        ELSE namespace.nspname = named.schema
    END
ORDER BY named.number, pg_catalog.array_position(%(path)s::pg_catalog.text[], namespace.nspname::pg_catalog.text)

-- name: lock_access_exclusive
-- Acquire the lock before the statement that needs it. ONLY: never more tables than the statement itself locks.
LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE

-- name: lock_exclusive
-- Acquire the lock before the statement that needs it. ONLY: never more tables than the statement itself locks.
LOCK TABLE ONLY {table} IN EXCLUSIVE MODE

-- name: lock_share
-- Acquire the lock before the statement that needs it. ONLY: never more tables than the statement itself locks.
LOCK TABLE ONLY {table} IN SHARE MODE

-- name: lock_share_row_exclusive
-- Acquire the lock before the statement that needs it. ONLY: never more tables than the statement itself locks.
LOCK TABLE ONLY {table} IN SHARE ROW EXCLUSIVE MODE

-- name: standbys
-- Standbys that may serve readers: they replay a strong lock, and lock_timeout does not apply there.
SELECT coalesce(nullif(sender.application_name, ''), 'a standby')
FROM pg_catalog.pg_stat_replication AS sender
WHERE sender.application_name IS DISTINCT FROM 'pg_basebackup'
ORDER BY 1

-- name: hidden_rows
-- Which of these tables hide rows from the current role by row security, and whether it is forced on the owner.
SELECT DISTINCT namespace.nspname, class.relname, class.relforcerowsecurity
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(schemas)s::pg_catalog.text[])
) AS named (name, schema)
JOIN pg_catalog.pg_class AS class ON class.relname = named.name
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE
    class.relkind IN ('r', 'p')
    AND CASE
        WHEN named.schema IS NULL THEN namespace.nspname = ANY(%(path)s::pg_catalog.text[])
        ELSE namespace.nspname = named.schema
    END
    AND pg_catalog.row_security_active(class.oid)
ORDER BY 1, 2

-- name: index_state
-- The state of an index: schema, name, whether it is valid, and which sessions build an index on its table now.
WITH named AS (
    SELECT relation.oid, relation.relnamespace
    FROM pg_catalog.unnest(%(path)s::pg_catalog.text[]) WITH ORDINALITY AS path (schema, number)
    JOIN pg_catalog.pg_namespace AS space ON space.nspname = path.schema
    JOIN pg_catalog.pg_class AS relation
        ON
            relation.relnamespace = space.oid
            AND relation.relname = COALESCE(%(table)s::pg_catalog.text, %(name)s::pg_catalog.text)
    ORDER BY path.number
    LIMIT 1
)
SELECT
    namespace.nspname, class.relname, index.indisvalid,
    builder.pid, activity.usename, activity.application_name, pg_catalog.host(activity.client_addr) AS address,
    activity.state,
    EXTRACT(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start)::pg_catalog.float8 AS age,
    activity.query
FROM pg_catalog.pg_index AS index
JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_catalog.pg_stat_progress_create_index AS builder
    ON
        builder.datname = pg_catalog.current_database()
        AND (builder.index_relid = class.oid OR (builder.index_relid IS NULL AND builder.relid IS NULL))
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = builder.pid
WHERE
    CASE
        WHEN %(table)s::pg_catalog.text IS NULL THEN class.oid = (SELECT named.oid FROM named)
        ELSE class.relname = %(name)s AND class.relnamespace = (SELECT named.relnamespace FROM named)
    END

-- name: drop_invalid_index
-- Drop the invalid index that a failed build left, without blocking anybody.
DROP INDEX CONCURRENTLY IF EXISTS {index}

-- name: count_schemas
-- How many of these schemas exist.
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_namespace AS namespace
WHERE namespace.nspname = ANY(%(names)s::pg_catalog.name[])

-- name: create_schema
-- Create a schema of the search path.
CREATE SCHEMA IF NOT EXISTS {schema}
