-- What the current role may not read in full, and would therefore be missing from a dump: (reason, name).
WITH space AS (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), relation AS (
    SELECT c.oid, c.relkind, c.relrowsecurity,
           pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
    FROM pg_catalog.pg_class c
    JOIN space s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'S')
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT 'schema' AS reason, pg_catalog.quote_ident(s.nspname) AS name
FROM space s WHERE NOT pg_catalog.has_schema_privilege(s.oid, 'USAGE')
UNION ALL
SELECT 'table', r.name FROM relation r
WHERE r.relkind <> 'S' AND NOT pg_catalog.has_table_privilege(r.oid, 'SELECT')
UNION ALL
-- CASE keeps the order: has_sequence_privilege is an error on a table.
SELECT 'sequence', r.name FROM relation r
WHERE CASE WHEN r.relkind = 'S' THEN NOT pg_catalog.has_sequence_privilege(r.oid, 'SELECT') END
UNION ALL
SELECT 'row security', r.name FROM relation r WHERE r.relrowsecurity AND pg_catalog.row_security_active(r.oid)
UNION ALL
SELECT 'large object', o.oid::text FROM pg_catalog.pg_largeobject_metadata o
WHERE NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
  AND pg_catalog.current_setting('lo_compat_privileges') = 'off'
  AND NOT pg_catalog.pg_has_role(o.lomowner, 'USAGE')
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.aclexplode(o.lomacl) a
                  WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
ORDER BY 1, 2
