-- name: constraints
-- Constraints that are checked for new rows only: (table, name).
SELECT c.conrelid::regclass::text, pg_catalog.quote_ident(c.conname)
FROM pg_catalog.pg_constraint c
JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
WHERE NOT c.convalidated AND c.conrelid <> 0 AND n.nspname !~ '^pg_'
  -- From 18 on a constraint may be NOT ENFORCED, which is never validated and says so itself.
  AND coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true)
ORDER BY 1, 2

-- name: indexes
-- Indexes that are invalid or incomplete and that nobody builds at this moment: (name, invalid, leftover).
SELECT i.indexrelid::regclass::text, NOT i.indisvalid OR NOT i.indisready, c.relname ~ '_cc(new|old)[0-9]*$'
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND (NOT i.indisvalid OR NOT i.indisready)
  -- A partitioned index is invalid until every partition has its part; its own line would say the same thing twice.
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY 1

-- name: relations
-- Materialized views without data, and tables whose row security shows nobody a row: (kind, name).
SELECT 'materialized view', c.oid::regclass::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND NOT c.relispopulated AND n.nspname !~ '^pg_'
UNION ALL
SELECT 'table', c.oid::regclass::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid)
ORDER BY 1, 2

-- name: sequences
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

-- name: triggers
-- Triggers that do not fire in an ordinary session: (table, name, the foreign key it enforces or null, its state).
SELECT t.tgrelid::regclass::text, pg_catalog.quote_ident(t.tgname),
       CASE WHEN t.tgisinternal THEN pg_catalog.quote_ident(c.conname) END,
       CASE t.tgenabled WHEN 'D' THEN 'disabled' ELSE 'enabled on replicas only' END
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class r ON r.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint
WHERE t.tgenabled IN ('D', 'R') AND n.nspname !~ '^pg_'
ORDER BY 1, 2
