-- Grants, default privileges, and the roles that own or may touch something in this database.
WITH RECURSIVE member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), space AS (
    SELECT n.oid, pg_catalog.quote_ident(n.nspname) AS name, n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rowkeep')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = n.oid)
), relation AS (
    SELECT c.oid, c.oid::regclass::text AS name, c.relkind, c.relowner, c.relacl
    FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relnamespace IN (SELECT s.oid FROM space s)
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
), held AS (
    SELECT CASE r.relkind WHEN 'S' THEN 'sequence grant' ELSE 'table grant' END AS kind, r.name, r.relowner AS owner,
           coalesce(r.relacl, pg_catalog.acldefault(
               CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, r.relowner)) AS acl
    FROM relation r
    UNION ALL
    SELECT 'column grant', r.name || '.' || pg_catalog.quote_ident(a.attname), r.relowner, a.attacl
    FROM relation r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attacl IS NOT NULL
                                                  AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'schema grant', s.name, s.nspowner, coalesce(s.nspacl, pg_catalog.acldefault('n', s.nspowner))
    FROM space s
    UNION ALL
    SELECT 'function grant', p.oid::regprocedure::text, p.proowner,
           coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace IN (SELECT s.oid FROM space s)
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid)
    UNION ALL
    SELECT 'type grant', t.oid::regtype::text, t.typowner,
           coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))
    FROM pg_catalog.pg_type t
    WHERE t.typnamespace IN (SELECT s.oid FROM space s) AND t.typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'language grant', pg_catalog.quote_ident(l.lanname), l.lanowner, l.lanacl
    FROM pg_catalog.pg_language l WHERE l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'server grant', pg_catalog.quote_ident(v.srvname), v.srvowner,
           coalesce(v.srvacl, pg_catalog.acldefault('S', v.srvowner))
    FROM pg_catalog.pg_foreign_server v
    UNION ALL
    SELECT 'database grant', 'this database', d.datdba, coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
    UNION ALL
    SELECT 'default privileges',
           pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.defaclrole)) || ' in '
           || coalesce((SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n
                        WHERE n.oid = e.defaclnamespace), 'every schema') || ' on '
           || CASE e.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                                   WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END,
           e.defaclrole, e.defaclacl
    FROM pg_catalog.pg_default_acl e
    WHERE e.defaclnamespace = 0 OR e.defaclnamespace IN (SELECT s.oid FROM space s)
), line AS (
    SELECT DISTINCT h.kind, h.name, g.privilege_type AS privilege, g.is_grantable AS passes_on,
           CASE WHEN g.grantee = 0 THEN 'public' WHEN g.grantee = h.owner THEN 'the owner'
                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END AS grantee
    FROM held h CROSS JOIN LATERAL pg_catalog.aclexplode(h.acl) g
    -- Every owner has MAINTAIN from 17 on; given to somebody else it counts.
    WHERE NOT (g.privilege_type = 'MAINTAIN' AND g.grantee = h.owner)
), own AS (
    SELECT d.oid, d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
), concerned (oid) AS (
    SELECT s.refobjid FROM pg_catalog.pg_shdepend s, own
    WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass
      AND (s.dbid = own.oid OR s.dbid = 0 AND s.classid = 'pg_catalog.pg_database'::regclass AND s.objid = own.oid)
    UNION
    SELECT own.datdba FROM own
    UNION
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper OR r.rolbypassrls
    UNION
    SELECT m.member FROM concerned c JOIN pg_catalog.pg_auth_members m ON m.roleid = c.oid
)
SELECT g.kind, g.name AS identity, pg_catalog.string_agg(g.grantee || ': ' || g.privileges, E'\n'
                                              ORDER BY g.grantee COLLATE "C") AS definition
FROM (SELECT l.kind, l.name, l.grantee,
             pg_catalog.string_agg(l.privilege || CASE WHEN l.passes_on THEN ' with grant option' ELSE '' END, ', '
                                   ORDER BY l.privilege COLLATE "C", l.passes_on) AS privileges
      FROM line l GROUP BY l.kind, l.name, l.grantee) g
GROUP BY g.kind, g.name
UNION ALL
-- An object whose every right was revoked, the owner's too, still has to appear.
SELECT h.kind, h.name, 'nobody' FROM held h WHERE pg_catalog.cardinality(h.acl) = 0
UNION ALL
SELECT 'role', pg_catalog.quote_ident(r.rolname),
       pg_catalog.concat_ws(E'\n',
           CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
           CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolreplication THEN 'replication' END,
           CASE WHEN r.rolbypassrls THEN 'bypassrls' END,
           CASE WHEN r.rolcanlogin THEN 'login' ELSE 'nologin' END, CASE WHEN NOT r.rolinherit THEN 'noinherit' END,
           CASE WHEN r.rolconnlimit >= 0 THEN 'connection limit ' || r.rolconnlimit END,
           (SELECT pg_catalog.string_agg(m.line, E'\n' ORDER BY m.line COLLATE "C")
            FROM (SELECT DISTINCT 'member of ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.roleid))
                         || CASE WHEN a.admin_option THEN ' with admin' ELSE '' END
                         -- Both columns came with 16; before, membership always inherits and may always be set.
                         || CASE WHEN pg_catalog.to_jsonb(a) ->> 'set_option' = 'false' THEN ' without set' ELSE '' END
                         AS line
                  FROM pg_catalog.pg_auth_members a WHERE a.member = r.oid) m))
FROM pg_catalog.pg_roles r
WHERE r.rolname !~ '^pg_' AND r.oid IN (SELECT c.oid FROM concerned c)
