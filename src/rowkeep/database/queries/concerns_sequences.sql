-- Sequences that feed a column, with the column's name, type and whether an index finds its greatest value at once.
SELECT s.oid, n.nspname::text, s.relname::text, tn.nspname::text, t.relname::text, a.attname::text,
       CASE q.seqincrement > 0 WHEN true THEN
           least(q.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
                                           ELSE 9223372036854775807 END) END AS limit,
       EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
               JOIN pg_catalog.pg_am m ON m.oid = x.relam
               WHERE i.indrelid = t.oid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL
                 AND m.amname = 'btree') AS indexed,
       pg_catalog.has_column_privilege(t.oid, a.attnum, 'SELECT')
       AND NOT pg_catalog.row_security_active(t.oid) AS readable
FROM pg_catalog.pg_sequence q
JOIN pg_catalog.pg_class s ON s.oid = q.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.oid
                           AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE n.nspname !~ '^pg_' AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
  AND t.relkind IN ('r', 'p')
  AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
ORDER BY 2, 3
