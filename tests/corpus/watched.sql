-- Every table that was there before: its name, its file, its rows read in sequence, its locks in this transaction.
SELECT c.oid, c.relname, c.relkind = 'm' AS view, pg_catalog.pg_relation_filenode(c.oid) AS filenode,
       coalesce(s.seq_tup_read, 0) AS read, coalesce(l.modes, '{}') AS modes
FROM pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_stat_xact_all_tables s ON s.relid = c.oid
LEFT JOIN (
  SELECT relation, pg_catalog.array_agg(mode) AS modes FROM pg_catalog.pg_locks
  WHERE pid = pg_catalog.pg_backend_pid() AND granted AND locktype = 'relation'
  GROUP BY relation
) l ON l.relation = c.oid
WHERE c.relkind IN ('r', 'p', 'm') AND c.oid = ANY (%(known)s)
