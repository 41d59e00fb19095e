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
-- The columns of a table as they are now: (number, name, type).
SELECT a.attnum::int, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = %(oid)s::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum

-- name: table_name
-- The current name of a table: (schema, name).
SELECT n.nspname::text, c.relname::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %(oid)s::oid

-- name: tables_by_name
-- Tables of this name, and their partitions: (oid, qualified name, numbers of the primary key, other columns).
SELECT c.oid::bigint, pg_catalog.concat_ws('.', n.nspname, c.relname),
       coalesce((SELECT x.indkey::int2[]::int[] FROM pg_catalog.pg_index x
                 WHERE x.indrelid = c.oid AND x.indisprimary), ARRAY[]::int[]) AS key,
       array(
         SELECT ROW(a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
         FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           -- What is computed from other columns changes with them.
           AND a.attgenerated = ''
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_index x
                           WHERE x.indrelid = c.oid AND x.indisprimary AND a.attnum = ANY (x.indkey))
         ORDER BY a.attnum
       ) AS columns
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND EXISTS (SELECT FROM pg_catalog.pg_class t
              JOIN pg_catalog.pg_namespace m ON m.oid = t.relnamespace
              WHERE t.relname = %(table)s AND (%(schema)s::text IS NULL OR m.nspname = %(schema)s)
                AND m.nspname !~ '^pg_' AND m.nspname NOT IN ('information_schema', 'rowkeep')
                AND (t.oid = c.oid
                     OR t.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_ancestors(c.oid) AS p (relid))))
ORDER BY 2
