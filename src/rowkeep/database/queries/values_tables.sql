-- Tables of this name, and the partitions of those: (oid, whole name, numbers of the primary key, other columns).
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
