-- Constraints, foreign keys whose triggers are switched off, indexes, extended statistics and policies.
WITH member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), space AS (
    SELECT n.oid
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rowkeep')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = n.oid)
), relation AS (
    SELECT c.oid, c.oid::regclass::text AS name
    FROM pg_catalog.pg_class c
    JOIN space s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
)
-- A foreign key of a partition repeats its parent's under a generated name that a restore may choose differently.
SELECT 'constraint' AS kind, r.name || '.' || pg_catalog.quote_ident(c.conname) AS identity,
       pg_catalog.pg_get_constraintdef(c.oid) AS definition
FROM relation r JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid
WHERE c.contype NOT IN ('n', 't') AND NOT (c.contype = 'f' AND c.conparentid <> 0)
UNION ALL
SELECT 'domain constraint', c.contypid::regtype::text || '.' || pg_catalog.quote_ident(c.conname),
       pg_catalog.pg_get_constraintdef(c.oid)
FROM pg_catalog.pg_constraint c
WHERE c.contypid <> 0 AND c.contype <> 'n' AND c.connamespace IN (SELECT s.oid FROM space s)
  AND NOT EXISTS (SELECT 1 FROM member m
                  WHERE m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = c.contypid)
UNION ALL
-- No dump carries this, and a foreign key with a disabled trigger is not enforced.
SELECT 'unenforced foreign key', r.name || '.' || pg_catalog.quote_ident(c.conname),
       pg_catalog.string_agg(t.tgrelid::regclass::text || ': '
           || CASE t.tgenabled WHEN 'D' THEN 'trigger disabled' WHEN 'R' THEN 'trigger enabled on replicas only'
                               ELSE 'trigger enabled always' END, E'\n' ORDER BY t.tgrelid::regclass::text, t.tgenabled)
FROM relation r
JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid AND c.contype = 'f'
JOIN pg_catalog.pg_trigger t ON t.tgconstraint = c.oid AND t.tgisinternal AND t.tgenabled <> 'O'
GROUP BY 2
UNION ALL
SELECT 'index', i.indexrelid::regclass::text,
       pg_catalog.concat_ws(E'\n',
           pg_catalog.pg_get_indexdef(i.indexrelid),
           CASE WHEN NOT i.indisvalid THEN 'invalid' END,
           CASE WHEN NOT i.indisready THEN 'not ready' END,
           CASE WHEN NOT i.indislive THEN 'being dropped' END,
           CASE WHEN i.indisreplident THEN 'replica identity' END,
           CASE WHEN i.indisclustered THEN 'clustered on' END,
           'attached to ' || (SELECT h.inhparent::regclass::text
                              FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid))
FROM relation r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
UNION ALL
SELECT 'statistics', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(x.stxname),
       pg_catalog.pg_get_statisticsobjdef(x.oid) || E'\nowner ' || pg_catalog.pg_get_userbyid(x.stxowner)::text
FROM relation r
JOIN pg_catalog.pg_statistic_ext x ON x.stxrelid = r.oid
JOIN pg_catalog.pg_namespace n ON n.oid = x.stxnamespace
UNION ALL
SELECT 'policy', r.name || '.' || pg_catalog.quote_ident(p.polname),
       pg_catalog.concat_ws(E'\n',
           CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
           'for ' || CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                                   WHEN 'd' THEN 'delete' ELSE 'all' END,
           'to ' || (SELECT pg_catalog.string_agg(CASE o WHEN 0 THEN 'public'
                                                         ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o)) END,
                                                  ', ' ORDER BY pg_catalog.pg_get_userbyid(o))
                     FROM pg_catalog.unnest(p.polroles) o),
           'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
           'with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM relation r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
