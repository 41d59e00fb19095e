-- name: is_empty
-- Whether there is nothing to lose: no relation with rows except history and ledger, and no large object.
SELECT
    NOT EXISTS (
        SELECT 1
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE
            class.relkind IN ('r', 'p', 'm', 'f', 'S')
            AND class.relpersistence <> 't'
            AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'rowkeep')
            AND NOT (
                namespace.nspname = %(schema)s::pg_catalog.text AND class.relname = %(table)s::pg_catalog.text
            )
            AND NOT EXISTS (
                SELECT 1
                FROM pg_catalog.pg_depend AS depends
                WHERE
                    depends.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND depends.objid = class.oid
                    -- A part of an extension, or a sequence that goes with its column.
                    AND depends.deptype IN ('e', 'a', 'i')
                    AND (depends.deptype = 'e' OR class.relkind = 'S')
            )
    )
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata)

-- name: insert
-- Add a mark: a person says what this database is for.
INSERT INTO rowkeep.environment (kind, database, oid, system, because)
VALUES (%(kind)s, %(database)s, %(oid)s, %(system)s, %(because)s)

-- name: newest
-- The newest mark.
SELECT mark.kind, mark.database, mark.oid, mark.system, mark.at, mark.role, mark.because
FROM rowkeep.environment AS mark
ORDER BY mark.id DESC
LIMIT 1

-- name: create_table
-- What this database is for. The newest row counts, if it was written for this very database.
CREATE TABLE IF NOT EXISTS rowkeep.environment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    role text NOT NULL DEFAULT SESSION_USER,
    kind text NOT NULL CHECK (kind IN ('production', 'staging', 'development')),
    database text NOT NULL,
    oid bigint NOT NULL,
    system text NOT NULL,
    because text
)

-- name: exists
-- Whether the table of marks exists, and whether the current role may read it.
SELECT
    pg_catalog.count(*) > 0 AS there,
    COALESCE(
        pg_catalog.bool_and(
            pg_catalog.has_schema_privilege(class.relnamespace, 'USAGE')
            AND pg_catalog.has_table_privilege(class.oid, 'SELECT')
        ),
        false
    ) AS readable
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE namespace.nspname = 'rowkeep' AND class.relname = 'environment' AND class.relkind = 'r'

-- name: identity_without_system
-- The identity of this database on its server: its name and oid.
SELECT database.datname, database.oid::pg_catalog.int8
FROM pg_catalog.pg_database AS database
WHERE database.datname = pg_catalog.current_database()

-- name: identity
-- The identity of this database: its name, its oid, and the identifier of its cluster.
SELECT database.datname, database.oid::pg_catalog.int8, control.system_identifier::pg_catalog.text
FROM pg_catalog.pg_database AS database
CROSS JOIN pg_catalog.pg_control_system() AS control
WHERE database.datname = pg_catalog.current_database()
