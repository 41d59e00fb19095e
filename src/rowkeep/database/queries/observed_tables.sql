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
