-- Tables and indexes that will make trouble: no autovacuum, invalid indexes, unlogged tables.
SELECT 'autovacuum off', c.oid::regclass::text
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind IN ('r', 'm') AND c.reloptions && ARRAY['autovacuum_enabled=false', 'autovacuum_enabled=off']
UNION ALL
SELECT 'invalid index', i.indexrelid::regclass::text
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
 WHERE NOT i.indisvalid
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid)
UNION ALL
SELECT 'unlogged', c.oid::regclass::text
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind = 'r' AND c.relpersistence = 'u'
 ORDER BY 1, 2
