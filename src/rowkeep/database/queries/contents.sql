-- name: hash_large_objects
-- How many large objects there are, and two sums of hashes over the number and content of each.
SELECT pg_catalog.count(*),
       pg_catalog.sum(pg_catalog.hashtextextended(q.line, 0)::numeric)::text,
       pg_catalog.sum(pg_catalog.hashtextextended(q.line, 1)::numeric)::text
FROM (SELECT o.oid::text || ' ' || pg_catalog.encode(pg_catalog.sha256(pg_catalog.lo_get(o.oid)), 'hex') AS line
      FROM pg_catalog.pg_largeobject_metadata o OFFSET 0) AS q

-- name: count_large_objects
-- How many large objects there are.
SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata;

-- name: sequence_values
-- The last value of each of these sequences, null where it is hidden. Each stays locked until the transaction ends.
SELECT c.oid, CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT,USAGE')
                   THEN pg_catalog.pg_sequence_last_value(c.oid) END AS last_value
FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY (%(oids)s::pg_catalog.oid[])

-- name: tables
-- Every ordinary table outside the system and Rowkeep's own, with its partition root and its columns.
SELECT c.oid::bigint,
       r.oid::bigint AS root,
       pg_catalog.concat_ws('.', rn.nspname, r.relname) AS family,
       n.nspname,
       c.relname,
       coalesce(s.n_tup_upd, 0) AS updated,
       coalesce(s.n_tup_del, 0) AS deleted,
       coalesce(s.n_tup_ins, 0) AS inserted,
       coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::bigint AS file,
       (coalesce(pg_catalog.pg_relation_size(c.oid), 0)
        + coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0))::bigint AS bytes,
       array(
         SELECT ROW(a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
         FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum
       ) AS columns
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS r ON r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_stat_all_tables AS s ON s.relid = c.oid
WHERE c.relkind = 'r'
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_'
  AND n.nspname NOT IN ('information_schema', 'rowkeep')
  AND NOT (n.nspname = %(history_schema)s AND c.relname = %(history_table)s)
ORDER BY n.nspname, c.relname;

-- name: statistics_complete
-- Whether every other session of this database has ended and so has reported its statistics.
SELECT NOT EXISTS (
  SELECT FROM pg_catalog.pg_stat_activity AS activity
  WHERE activity.datname = pg_catalog.current_database()
    AND activity.backend_type = 'client backend'
    AND activity.pid <> pg_catalog.pg_backend_pid()
);

-- name: columns
-- The columns of a table as they are now: (number, name, type, whether it is computed from other columns).
SELECT a.attnum::int, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated <> ''
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = %(oid)s::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum

-- name: table_names
-- The current names of tables: (oid, schema, name).
SELECT c.oid::bigint, n.nspname::text, c.relname::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%(oids)s::oid[])

-- name: key
-- The numbers of the columns that identify a row of a table: of its primary key, or of another key without NULLs.
SELECT x.indkey::int2[]::int[]
FROM pg_catalog.pg_index x
WHERE x.indrelid = %(oid)s::oid AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
  AND x.indnatts = x.indnkeyatts
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey) AND NOT a.attnotnull)
ORDER BY NOT x.indisprimary, x.indnatts, x.indexrelid LIMIT 1

-- name: update_triggers
-- The triggers of tables that may change a row which is updated: (trigger, its function, the function's text).
SELECT t.oid::bigint, p.oid::bigint, pg_catalog.concat_ws(' ', p.prolang, p.prosrc, p.probin)
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
WHERE t.tgrelid = ANY (%(oids)s::oid[]) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
  -- TRIGGER_TYPE_ROW, TRIGGER_TYPE_BEFORE and TRIGGER_TYPE_UPDATE of PostgreSQL's trigger.h.
  AND t.tgtype & 19 = 19

-- name: database_size
-- The size of this database on disk, in bytes.
SELECT pg_catalog.pg_database_size(pg_catalog.current_database())

-- name: views
-- Every view: (oid, schema, name, hash of its definition, relations that it reads, columns with types).
SELECT c.oid::bigint, n.nspname::text, c.relname::text,
       pg_catalog.md5(pg_catalog.pg_get_viewdef(c.oid)) AS definition,
       array(
         SELECT DISTINCT d.refobjid::bigint
         FROM pg_catalog.pg_rewrite AS r
         JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
         WHERE r.ev_class = c.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND d.refobjid <> c.oid
       ) AS sources,
       array(
         SELECT ROW(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
         FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum
       ) AS columns
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rowkeep')
ORDER BY n.nspname, c.relname

-- name: access
-- Every relation that a role may read: (oid, schema, name, hash of what decides which rows it sees, whether row security is
-- on, columns that it may read, with types).
SELECT c.oid::bigint, n.nspname::text, c.relname::text,
       pg_catalog.md5(pg_catalog.concat_ws(
         ' ', c.relrowsecurity, c.relforcerowsecurity, pg_catalog.pg_has_role(role.oid, c.relowner, 'USAGE'),
         pg_catalog.has_schema_privilege(role.oid, n.oid, 'USAGE'), c.reloptions::text,
         CASE WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid) END,
         array(
           SELECT pg_catalog.concat_ws(' ', p.polname, p.polcmd, p.polpermissive, p.polroles::text, p.polqual::text)
           FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid ORDER BY p.polname
         )::text,
         array(
           SELECT a.attnum FROM pg_catalog.pg_attribute AS a
           WHERE a.attrelid = c.oid AND pg_catalog.has_column_privilege(role.oid, c.oid, a.attnum, 'SELECT')
           ORDER BY a.attnum
         )::text
       )) AS access,
       c.relrowsecurity,
       array(
         SELECT ROW(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
         FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           AND pg_catalog.has_column_privilege(role.oid, c.oid, a.attnum, 'SELECT')
         ORDER BY a.attnum
       ) AS columns
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS role ON role.rolname = %(role)s::pg_catalog.name
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rowkeep')
ORDER BY n.nspname, c.relname

-- name: can_log_in
-- Whether a role exists and may log in to this database.
SELECT role.rolcanlogin AND pg_catalog.has_database_privilege(role.oid, pg_catalog.current_database(), 'CONNECT')
FROM pg_catalog.pg_roles AS role WHERE role.rolname = %(role)s::pg_catalog.name

-- name: ancestors
-- The qualified names of the tables that these inherit from: a statement that names one of them may reach their rows.
WITH RECURSIVE above (oid) AS (
  SELECT i.inhparent FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = ANY (%(oids)s::oid[])
  UNION
  SELECT i.inhparent FROM pg_catalog.pg_inherits AS i JOIN above AS a ON i.inhrelid = a.oid
)
SELECT pg_catalog.concat_ws('.', n.nspname, c.relname)
FROM above AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
