-- Indexes that are not used or not complete, but for those being built at this moment: (name, invalid, leftover).
SELECT i.indexrelid::regclass::text, NOT i.indisvalid OR NOT i.indisready, c.relname ~ '_cc(new|old)[0-9]*$'
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND (NOT i.indisvalid OR NOT i.indisready)
  -- A partitioned index is invalid until every partition has its part; its own line would say the same thing twice.
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY 1
