-- name: statistics_view
-- The schema of the view of pg_stat_statements, where the extension is installed.
SELECT namespace.nspname
FROM pg_catalog.pg_extension AS extension
JOIN pg_catalog.pg_depend AS member
    ON member.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    AND member.refobjid = extension.oid
    AND member.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND member.deptype = 'e'
JOIN pg_catalog.pg_class AS class ON class.oid = member.objid AND class.relname = 'pg_stat_statements' AND class.relkind = 'v'
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE extension.extname = 'pg_stat_statements'

-- name: recorded_statements
-- The statements that the server recorded for this database, the most called first. Columns differ between versions of
-- the extension, so each row is JSON.
SELECT
    pg_catalog.to_jsonb(recorded),
    pg_catalog.pg_get_userbyid(recorded.userid),
    EXTRACT(EPOCH FROM pg_catalog.clock_timestamp())::pg_catalog.float8
FROM {view} AS recorded
WHERE recorded.dbid OPERATOR(pg_catalog.=) (
    SELECT own.oid FROM pg_catalog.pg_database AS own WHERE own.datname = pg_catalog.current_database()
)
ORDER BY recorded.calls DESC
LIMIT %(limit)s

-- name: recorded_calls
-- How often each recorded statement was called: (query id, role, calls).
SELECT recorded.queryid, pg_catalog.pg_get_userbyid(recorded.userid), pg_catalog.sum(recorded.calls)::pg_catalog.int8
FROM {view} AS recorded
WHERE recorded.dbid OPERATOR(pg_catalog.=) (
    SELECT own.oid FROM pg_catalog.pg_database AS own WHERE own.datname = pg_catalog.current_database()
)
    AND recorded.queryid OPERATOR(pg_catalog.=) ANY (%(ids)s::pg_catalog.int8[])
GROUP BY 1, 2

-- name: statistics_reset
-- When the statistics of pg_stat_statements were last reset, as seconds since 1970.
SELECT EXTRACT(EPOCH FROM info.stats_reset)::pg_catalog.float8 FROM {view} AS info

-- name: search_paths
-- The search_path that each role gets in this database, where one is set: (role, search_path).
SELECT
    role.rolname,
    (
        SELECT pg_catalog.substr(setting, pg_catalog.length('search_path=') OPERATOR(pg_catalog.+) 1)
        FROM pg_catalog.pg_db_role_setting AS own
        CROSS JOIN LATERAL pg_catalog.unnest(own.setconfig) AS setting
        WHERE own.setrole IN (0, role.oid)
            AND own.setdatabase IN (0, database.oid)
            AND pg_catalog.starts_with(setting, 'search_path=')
        ORDER BY own.setrole OPERATOR(pg_catalog.<>) 0 AND own.setdatabase OPERATOR(pg_catalog.<>) 0 DESC,
            own.setrole OPERATOR(pg_catalog.<>) 0 DESC
        LIMIT 1
    )
FROM pg_catalog.pg_roles AS role
CROSS JOIN pg_catalog.pg_database AS database
WHERE database.datname = pg_catalog.current_database()
    AND role.rolname = ANY (%(roles)s::pg_catalog.name[])

-- name: type_names
-- The names of types: (oid, modifier, name).
SELECT wanted.oid, wanted.modifier, pg_catalog.format_type(wanted.oid, wanted.modifier)
FROM ROWS FROM (
    pg_catalog.unnest(%(oids)s::pg_catalog.oid[]),
    pg_catalog.unnest(%(modifiers)s::pg_catalog.int4[])
) AS wanted (oid, modifier)

-- name: insert_columns
-- The columns of a table, in order, and whether an INSERT must give each a value: (schema, table, column, required).
-- A BEFORE INSERT trigger may give values, so none is required then.
SELECT
    namespace.nspname,
    class.relname,
    attribute.attname,
    attribute.attnotnull
        AND NOT attribute.atthasdef
        AND attribute.attidentity OPERATOR(pg_catalog.=) ''
        AND type.typdefault IS NULL
        AND NOT EXISTS (
            SELECT 1
            FROM pg_catalog.pg_trigger AS trigger
            WHERE trigger.tgrelid = class.oid
                AND trigger.tgenabled OPERATOR(pg_catalog.<>) 'D'
                AND (trigger.tgtype::pg_catalog.int4 OPERATOR(pg_catalog.&) 7) OPERATOR(pg_catalog.=) 7
        )
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid
JOIN pg_catalog.pg_type AS type ON type.oid = attribute.atttypid
WHERE class.oid = pg_catalog.to_regclass(%(table)s)
    AND class.relkind IN ('r', 'p')
    AND attribute.attnum OPERATOR(pg_catalog.>) 0
    AND NOT attribute.attisdropped
ORDER BY attribute.attnum

-- name: large_tables
-- Tables with at least this many rows, by the server's own estimate or by size: (schema, table).
SELECT namespace.nspname, class.relname
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relkind = 'r'
    AND (
        class.reltuples OPERATOR(pg_catalog.>=) %(rows)s
        OR pg_catalog.pg_relation_size(class.oid) OPERATOR(pg_catalog.>=) %(bytes)s
    )

-- name: set_setting
-- Set one setting of a session on the copy.
SELECT pg_catalog.set_config(%(name)s::pg_catalog.text, %(value)s::pg_catalog.text, false)
