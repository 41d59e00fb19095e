-- name: row_counts
-- How many rows of these tables this session has inserted, updated and deleted and not yet reported. NULL: of all tables.
SELECT
    counted.oid::pg_catalog.int8,
    pg_catalog.pg_stat_get_xact_tuples_inserted(counted.oid),
    pg_catalog.pg_stat_get_xact_tuples_updated(counted.oid),
    pg_catalog.pg_stat_get_xact_tuples_deleted(counted.oid)
FROM pg_catalog.unnest(COALESCE(
    $1::pg_catalog.oid[], ARRAY(SELECT class.oid FROM pg_catalog.pg_class AS class WHERE class.relkind OPERATOR(pg_catalog.=) ANY ('{r,m}'::pg_catalog."char"[]))
)) AS counted (oid)

-- name: touched
-- The relations that this transaction has locked and these catalogs, with the rows of each that the session changed.
SELECT
    touched.oid::pg_catalog.int8,
    pg_catalog.pg_stat_get_xact_tuples_inserted(touched.oid),
    pg_catalog.pg_stat_get_xact_tuples_updated(touched.oid),
    pg_catalog.pg_stat_get_xact_tuples_deleted(touched.oid)
FROM (
    SELECT pg_catalog.unnest($1::pg_catalog.oid[])
    UNION ALL
    SELECT DISTINCT held.relation
    FROM pg_catalog.pg_lock_status() AS held
    WHERE held.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
        AND held.locktype OPERATOR(pg_catalog.=) 'relation'
        AND held.relation OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
        AND held.database OPERATOR(pg_catalog.=) (
            SELECT here.oid FROM pg_catalog.pg_database AS here
            WHERE here.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
        )
) AS touched (oid)
UNION ALL
SELECT 0, pg_catalog.current_setting('track_counts')::pg_catalog.bool::pg_catalog.int4, 0, 0

-- name: created_tables
-- The tables of these names that this transaction has created. Rows of system columns are never written again.
SELECT class.oid::pg_catalog.int8
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid OPERATOR(pg_catalog.=) class.oid
    AND attribute.attname OPERATOR(pg_catalog.=) 'ctid'::pg_catalog.name
WHERE class.relname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.name[])
    AND class.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog."char"[])
    AND attribute.xmin OPERATOR(pg_catalog.=) pg_catalog.xid(pg_catalog.pg_current_xact_id())

-- name: sequence_positions
-- The position of every sequence that this role may read, with its step: 0 where nextval was not called yet.
SELECT
    sequence.seqrelid::pg_catalog.int8,
    COALESCE(pg_catalog.pg_sequence_last_value(sequence.seqrelid), 0),
    pg_catalog.sign(sequence.seqincrement)::pg_catalog.int8
FROM pg_catalog.pg_sequence AS sequence
JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) sequence.seqrelid
WHERE class.relpersistence OPERATOR(pg_catalog.<>) 't'
    AND CASE WHEN class.relkind OPERATOR(pg_catalog.=) 'S'
        THEN pg_catalog.has_sequence_privilege(class.oid, 'SELECT,USAGE') ELSE false END

-- name: state
-- What the catalog says about these relations (NULL: about all of them), and about objects of these other kinds.
-- Nothing here locks a user's table or view: another session that changes it does not delay the answer.
WITH relation AS NOT MATERIALIZED (
    SELECT class.*, space.nspname AS schema, pg_catalog.concat_ws('.', space.nspname, class.relname) AS name
    FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_namespace AS space ON space.oid OPERATOR(pg_catalog.=) class.relnamespace
    WHERE class.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f,S,c}'::pg_catalog."char"[])
        AND class.relpersistence OPERATOR(pg_catalog.<>) 't'
        AND space.nspname OPERATOR(pg_catalog.!~) '^pg_'
        AND space.nspname OPERATOR(pg_catalog.<>) ALL ('{information_schema,rowkeep}'::pg_catalog.name[])
        AND class.oid OPERATOR(pg_catalog.=) ANY (
            COALESCE(%(oids)s::pg_catalog.oid[], ARRAY(SELECT every.oid FROM pg_catalog.pg_class AS every))
        )
)
SELECT 'relation' AS part, relation.oid::pg_catalog.int8, 0::pg_catalog.int8 AS number, relation.name::pg_catalog.text,
    pg_catalog.jsonb_build_object(
        'schema', relation.schema,
        'table', relation.relname,
        'kind', relation.relkind::pg_catalog.text,
        'persistence', relation.relpersistence::pg_catalog.text,
        'file', relation.relfilenode::pg_catalog.text,
        'security', relation.relrowsecurity::pg_catalog.text,
        'forced', relation.relforcerowsecurity::pg_catalog.text,
        'populated', relation.relispopulated::pg_catalog.text,
        'rows', GREATEST(relation.reltuples, pg_catalog.pg_stat_get_live_tuples(relation.oid))::pg_catalog.int8
            ::pg_catalog.text,
        'parents', pg_catalog.array_to_string(ARRAY(
            SELECT link.inhparent::pg_catalog.int8 FROM pg_catalog.pg_inherits AS link
            WHERE link.inhrelid OPERATOR(pg_catalog.=) relation.oid ORDER BY 1
        ), ' '),
        'partition', relation.relispartition::pg_catalog.text,
        'stored', CASE WHEN relation.relkind OPERATOR(pg_catalog.=) 'c' THEN EXISTS (
            SELECT FROM pg_catalog.pg_depend AS link
            JOIN pg_catalog.pg_type AS type ON type.oid OPERATOR(pg_catalog.=) link.refobjid
            WHERE link.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass
                AND (type.oid OPERATOR(pg_catalog.=) relation.reltype OR type.typelem OPERATOR(pg_catalog.=) relation.reltype)
                AND link.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                AND link.objsubid OPERATOR(pg_catalog.>) 0
        ) ELSE false END::pg_catalog.text,
        'owner', COALESCE((
            SELECT pg_catalog.concat_ws(' ', link.refobjid::pg_catalog.int8, link.refobjsubid)
            FROM pg_catalog.pg_depend AS link
            WHERE link.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                AND link.objid OPERATOR(pg_catalog.=) relation.oid
                AND link.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                AND link.refobjsubid OPERATOR(pg_catalog.>) 0
                AND link.deptype OPERATOR(pg_catalog.=) ANY ('{a,i}'::pg_catalog."char"[])
            LIMIT 1
        ), '')
    ) AS facts
FROM relation
UNION ALL
SELECT 'column', attribute.attrelid::pg_catalog.int8, attribute.attnum,
    pg_catalog.concat_ws('.', relation.name, attribute.attname),
    pg_catalog.jsonb_build_object(
        'column', attribute.attname,
        'type', pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
        'base', pg_catalog.format_type(attribute.atttypid, NULL),
        'modifier', attribute.atttypmod::pg_catalog.text,
        'category', type.typcategory::pg_catalog.text,
        'generated', attribute.attgenerated::pg_catalog.text
    )
FROM relation
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid OPERATOR(pg_catalog.=) relation.oid
JOIN pg_catalog.pg_type AS type ON type.oid OPERATOR(pg_catalog.=) attribute.atttypid
WHERE relation.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f,c}'::pg_catalog."char"[]) AND attribute.attnum OPERATOR(pg_catalog.>) 0
UNION ALL
SELECT 'trigger', made.tgrelid::pg_catalog.int8, made.oid::pg_catalog.int8,
    pg_catalog.concat_ws('.', relation.name, made.tgname),
    pg_catalog.jsonb_build_object(
        'enabled', made.tgenabled::pg_catalog.text, 'internal', made.tgisinternal::pg_catalog.text
    )
FROM relation
JOIN pg_catalog.pg_trigger AS made ON made.tgrelid OPERATOR(pg_catalog.=) relation.oid
UNION ALL
SELECT 'rule', rewrite.ev_class::pg_catalog.int8, rewrite.oid::pg_catalog.int8,
    pg_catalog.concat_ws('.', relation.name, rewrite.rulename),
    pg_catalog.jsonb_build_object(
        'event', rewrite.ev_type::pg_catalog.text,
        'instead', rewrite.is_instead::pg_catalog.text,
        'enabled', rewrite.ev_enabled::pg_catalog.text,
        'action', pg_catalog.md5(rewrite.ev_action::pg_catalog.text)
    )
FROM relation
JOIN pg_catalog.pg_rewrite AS rewrite ON rewrite.ev_class OPERATOR(pg_catalog.=) relation.oid
UNION ALL
SELECT 'policy', policy.polrelid::pg_catalog.int8, policy.oid::pg_catalog.int8,
    pg_catalog.concat_ws('.', relation.name, policy.polname),
    pg_catalog.jsonb_build_object(
        'command', policy.polcmd::pg_catalog.text,
        'permissive', policy.polpermissive::pg_catalog.text,
        'qualification', pg_catalog.md5(COALESCE(policy.polqual::pg_catalog.text, '')),
        'false', COALESCE(
            policy.polqual::pg_catalog.text
                OPERATOR(pg_catalog.~) '^{CONST :consttype 16 .* :constvalue 1 \[ 0 0 0 0 0 0 0 0 \]}$',
            false
        )::pg_catalog.text,
        'roles', policy.polroles::pg_catalog.text
    )
FROM relation
JOIN pg_catalog.pg_policy AS policy ON policy.polrelid OPERATOR(pg_catalog.=) relation.oid
UNION ALL
SELECT 'enum', label.enumtypid::pg_catalog.int8, label.oid::pg_catalog.int8,
    pg_catalog.concat_ws('.', space.nspname, type.typname, label.enumlabel),
    pg_catalog.jsonb_build_object(
        'type', pg_catalog.concat_ws('.', space.nspname, type.typname), 'label', label.enumlabel
    )
FROM pg_catalog.pg_enum AS label
JOIN pg_catalog.pg_type AS type ON type.oid OPERATOR(pg_catalog.=) label.enumtypid
JOIN pg_catalog.pg_namespace AS space ON space.oid OPERATOR(pg_catalog.=) type.typnamespace
WHERE 'enum' OPERATOR(pg_catalog.=) ANY (%(parts)s::pg_catalog.text[])
UNION ALL
SELECT 'function', routine.oid::pg_catalog.int8, 0, pg_catalog.concat_ws('.', space.nspname, routine.proname),
    pg_catalog.jsonb_build_object(
        'arguments', pg_catalog.oidvectortypes(routine.proargtypes), 'kind', routine.prokind::pg_catalog.text
    )
FROM pg_catalog.pg_proc AS routine
JOIN pg_catalog.pg_namespace AS space ON space.oid OPERATOR(pg_catalog.=) routine.pronamespace
WHERE 'function' OPERATOR(pg_catalog.=) ANY (%(parts)s::pg_catalog.text[])
    AND routine.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    AND space.nspname OPERATOR(pg_catalog.!~) '^pg_'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS link
        WHERE link.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND link.objid OPERATOR(pg_catalog.=) routine.oid AND link.deptype OPERATOR(pg_catalog.=) 'e'
    )
UNION ALL
SELECT 'extension', extension.oid::pg_catalog.int8, 0, extension.extname, '{}'
FROM pg_catalog.pg_extension AS extension
WHERE 'extension' OPERATOR(pg_catalog.=) ANY (%(parts)s::pg_catalog.text[])
UNION ALL
SELECT 'setting', setting.setdatabase::pg_catalog.int8, setting.setrole::pg_catalog.int8,
    pg_catalog.concat_ws(
        '.', CASE WHEN setting.setrole OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
            THEN pg_catalog.pg_get_userbyid(setting.setrole) END,
        (SELECT here.datname FROM pg_catalog.pg_database AS here
            WHERE here.oid OPERATOR(pg_catalog.=) setting.setdatabase),
        pg_catalog.split_part(entry, '=', 1)
    ),
    pg_catalog.jsonb_build_object(
        'setting', pg_catalog.lower(pg_catalog.split_part(entry, '=', 1)),
        'value', pg_catalog.substr(entry, pg_catalog.strpos(entry, '=') OPERATOR(pg_catalog.+) 1)
    )
FROM pg_catalog.pg_db_role_setting AS setting
CROSS JOIN LATERAL pg_catalog.unnest(setting.setconfig) AS entry
WHERE 'setting' OPERATOR(pg_catalog.=) ANY (%(parts)s::pg_catalog.text[])
UNION ALL
SELECT 'default privileges', acl.oid::pg_catalog.int8, 0,
    pg_catalog.concat_ws('.', pg_catalog.pg_get_userbyid(acl.defaclrole), space.nspname),
    pg_catalog.jsonb_build_object('kind', acl.defaclobjtype::pg_catalog.text, 'rights', acl.defaclacl::pg_catalog.text)
FROM pg_catalog.pg_default_acl AS acl
LEFT JOIN pg_catalog.pg_namespace AS space ON space.oid OPERATOR(pg_catalog.=) acl.defaclnamespace
WHERE 'default privileges' OPERATOR(pg_catalog.=) ANY (%(parts)s::pg_catalog.text[])

-- name: procedure_texts
-- The definitions of the procedures of this name.
SELECT pg_catalog.pg_get_functiondef(routine.oid)
FROM pg_catalog.pg_proc AS routine
JOIN pg_catalog.pg_namespace AS space ON space.oid OPERATOR(pg_catalog.=) routine.pronamespace
WHERE routine.prokind OPERATOR(pg_catalog.=) 'p'::pg_catalog."char"
    AND routine.proname OPERATOR(pg_catalog.=) %(name)s::pg_catalog.name
    AND space.nspname OPERATOR(pg_catalog.=) ANY (%(schemas)s::pg_catalog.name[])

-- name: report_statistics_from15
-- Have the session report its counters of changed rows as soon as it is idle (15 and newer).
SELECT pg_catalog.pg_stat_force_next_flush()

-- name: set_sequence
-- Set a sequence to the position that it had before: a rollback does not undo setval().
SELECT pg_catalog.setval(%(oid)s::pg_catalog.oid::pg_catalog.regclass, %(position)s::pg_catalog.int8)

-- name: sequence_name
-- Schema and name of a sequence.
SELECT space.nspname, class.relname
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS space ON space.oid OPERATOR(pg_catalog.=) class.relnamespace
WHERE class.oid OPERATOR(pg_catalog.=) %(oid)s::pg_catalog.oid

-- name: find_columns
-- Which of these tables and columns exist: the table's number, and the column's, 0 where only the table is meant.
SELECT DISTINCT ON (named.number)
    class.oid::pg_catalog.int8, COALESCE(attribute.attnum, 0)::pg_catalog.int8, space.nspname, class.relname,
    attribute.attname
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]),
    pg_catalog.unnest(%(schemas)s::pg_catalog.text[]),
    pg_catalog.unnest(%(columns)s::pg_catalog.text[])
) WITH ORDINALITY AS named (name, schema, attname, number)
JOIN pg_catalog.pg_class AS class ON class.relname OPERATOR(pg_catalog.=) named.name::pg_catalog.name
JOIN pg_catalog.pg_namespace AS space ON space.oid OPERATOR(pg_catalog.=) class.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid OPERATOR(pg_catalog.=) class.oid
    AND attribute.attname OPERATOR(pg_catalog.=) named.attname::pg_catalog.name
WHERE class.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog."char"[])
    AND (named.attname IS NULL OR attribute.attnum IS NOT NULL)
    AND CASE
        WHEN named.schema IS NULL THEN space.nspname OPERATOR(pg_catalog.=) ANY (%(path)s::pg_catalog.name[])
        ELSE space.nspname OPERATOR(pg_catalog.=) named.schema::pg_catalog.name
    END
ORDER BY named.number, pg_catalog.array_position(%(path)s::pg_catalog.name[], space.nspname)
