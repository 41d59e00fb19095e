-- Ways around the rights that are granted: definer functions, owner-rights views, cascades, dangerous grants.
WITH relation AS (
    SELECT c.oid, c.relkind, c.reloptions, c.relnamespace, i.identity
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, c.oid, 0) AS i
     WHERE c.relkind IN ('r', 'p', 'v') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
),
held AS (
    SELECT oid, identity,
           pg_catalog.has_any_column_privilege(%(bot)s::oid, oid, 'UPDATE') AS updates,
           pg_catalog.has_table_privilege(%(bot)s::oid, oid, 'INSERT') AS inserts,
           pg_catalog.has_table_privilege(%(bot)s::oid, oid, 'DELETE') AS deletes
      FROM relation
)
SELECT 'security-definer', i.identity,
       ARRAY[pg_catalog.lower(i.type), pg_catalog.pg_get_userbyid(p.proowner),
             CASE WHEN s.path IS NULL THEN 'none'
                  WHEN s.path ~ '(^|, *)"?pg_temp"?$' THEN 'closed'
                  WHEN s.path ~ '^(""|pg_catalog)?$' THEN 'bare' ELSE 'open' END,
             coalesce(s.path, pg_catalog.quote_ident(n.nspname))]
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0) AS i
  LEFT JOIN LATERAL (SELECT pg_catalog.substr(c, 13) AS path FROM pg_catalog.unnest(p.proconfig) AS c
                      WHERE c LIKE 'search\_path=%%') AS s ON true
 WHERE p.prosecdef AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_proc'::regclass
                      AND d.objid = p.oid AND d.deptype = 'e')
   AND EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                WHERE pg_catalog.has_function_privilege(r, p.oid, 'EXECUTE'))
UNION ALL
SELECT DISTINCT 'owner-rights-view', v.identity, ARRAY[t.identity]
  FROM relation AS v
  JOIN held AS vh ON vh.oid = v.oid AND (vh.updates OR vh.inserts)
  JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = v.oid
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
   AND d.refclassid = 'pg_catalog.pg_class'::regclass
  JOIN held AS t ON t.oid = d.refobjid AND t.oid <> v.oid AND NOT t.updates
  JOIN relation AS k ON k.oid = t.oid AND k.relkind IN ('r', 'p')
 WHERE v.relkind = 'v'
   AND NOT coalesce(v.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)
   AND (pg_catalog.pg_relation_is_updatable(v.oid, false) & 12) <> 0
UNION ALL
SELECT 'key-update', p.identity,
       ARRAY[c.identity, CASE k.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END,
             coalesce((SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
                         FROM pg_catalog.pg_attribute AS a
                        WHERE a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                          AND a.attnum <> ALL (k.confkey)), '')]
  FROM pg_catalog.pg_constraint AS k
  JOIN held AS p ON p.oid = k.confrelid AND p.updates
  JOIN held AS c ON c.oid = k.conrelid AND NOT c.updates
 WHERE k.contype = 'f' AND k.confupdtype IN ('c', 'n', 'd') AND k.conparentid = 0
UNION ALL
SELECT 'delete-cascade', p.identity,
       ARRAY[c.identity, CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END]
  FROM pg_catalog.pg_constraint AS k
  JOIN held AS p ON p.oid = k.confrelid AND p.deletes
  JOIN held AS c ON c.oid = k.conrelid
 WHERE k.contype = 'f' AND k.confdeltype IN ('c', 'n', 'd') AND k.conparentid = 0
UNION ALL
SELECT 'dangerous-function', i.identity, '{}'::text[]
  FROM pg_catalog.pg_proc AS p
 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0) AS i
 WHERE p.proname IN ('dblink_connect_u', 'lo_import', 'lo_export', 'pg_read_file', 'pg_read_binary_file',
                     'pg_file_write', 'pg_file_unlink', 'pg_file_rename', 'pg_file_sync', 'pg_ls_dir',
                     'pg_reload_conf', 'pg_promote', 'pg_rotate_logfile', 'pg_execute_server_program')
   AND EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                WHERE pg_catalog.has_function_privilege(r, p.oid, 'EXECUTE'))
UNION ALL
SELECT 'untrusted-language', pg_catalog.quote_ident(l.lanname), '{}'::text[]
  FROM pg_catalog.pg_language AS l
 -- One that is not trusted asks for a superuser, whatever is granted; the hole is one that is trusted and must not be.
 WHERE l.lanpltrusted AND l.lanname IN ('c', 'internal', 'plperlu', 'plpython3u', 'plpythonu', 'pltclu', 'plsh')
   AND EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                WHERE pg_catalog.has_language_privilege(r, l.oid, 'USAGE'))
UNION ALL
SELECT 'foreign-server', pg_catalog.quote_ident(s.srvname), '{}'::text[]
  FROM pg_catalog.pg_foreign_server AS s
 WHERE EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                WHERE pg_catalog.has_server_privilege(r, s.oid, 'USAGE'))
UNION ALL
SELECT 'foreign-data-wrapper', pg_catalog.quote_ident(f.fdwname), '{}'::text[]
  FROM pg_catalog.pg_foreign_data_wrapper AS f
 WHERE EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                WHERE pg_catalog.has_foreign_data_wrapper_privilege(r, f.oid, 'USAGE'))
UNION ALL
SELECT 'large-objects', pg_catalog.min(l.oid)::text, ARRAY[pg_catalog.count(DISTINCT l.oid)::text]
  FROM pg_catalog.pg_largeobject_metadata AS l
 CROSS JOIN LATERAL pg_catalog.aclexplode(l.lomacl) AS x
 WHERE x.privilege_type = 'UPDATE' AND x.grantee <> l.lomowner
   AND (x.grantee = 0 OR x.grantee = ANY (%(reach)s::oid[]))
HAVING pg_catalog.count(*) > 0
UNION ALL
SELECT 'lo-compat', 'lo_compat_privileges', '{}'::text[]
 WHERE pg_catalog.current_setting('lo_compat_privileges') = 'on'
UNION ALL
SELECT 'other-database', pg_catalog.quote_ident(d.datname), '{}'::text[]
  FROM pg_catalog.pg_database AS d
 WHERE d.datallowconn AND d.datname <> pg_catalog.current_database()
   AND pg_catalog.has_database_privilege(%(bot)s::oid, d.oid, 'CONNECT')
UNION ALL
SELECT 'owned-database', pg_catalog.quote_ident(d.datname), '{}'::text[]
  FROM pg_catalog.pg_database AS d
 WHERE d.datname <> pg_catalog.current_database() AND d.datdba = ANY (%(reach)s::oid[])
UNION ALL
SELECT 'owned-extension', pg_catalog.quote_ident(e.extname), '{}'::text[]
  FROM pg_catalog.pg_extension AS e
 WHERE e.extowner = ANY (%(reach)s::oid[])
 ORDER BY 1, 2, 3
