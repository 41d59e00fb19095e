-- name: database
-- This database: its owner, what the bot and the roles it can become may do with it, and the grants that say so.
SELECT 'database', '', pg_catalog.quote_ident(d.datname), pg_catalog.pg_get_userbyid(d.datdba), false, false,
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['CREATE', 'CONNECT', 'TEMPORARY']) AS p
              WHERE pg_catalog.has_database_privilege(%(bot)s::oid, d.oid, p)),
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['CREATE', 'CONNECT', 'TEMPORARY']) AS p
              WHERE EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                             WHERE pg_catalog.has_database_privilege(r, d.oid, p))),
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                   x.privilege_type, x.is_grantable))
          FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS x
         WHERE x.grantee = 0 OR x.grantee = ANY (%(concerned)s::oid[])),
       '{}'::text[]
  FROM pg_catalog.pg_database AS d
 WHERE d.datname = pg_catalog.current_database()

-- name: default_privileges
-- Default privileges: what these roles and PUBLIC get on objects that are created later.
SELECT pg_catalog.pg_get_userbyid(d.defaclrole), coalesce(n.nspname, ''),
       CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
            WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END,
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                   x.privilege_type, x.is_grantable))
          FROM pg_catalog.aclexplode(d.defaclacl) AS x
         WHERE x.grantee = 0 OR x.grantee = ANY (%(concerned)s::oid[]))
  FROM pg_catalog.pg_default_acl AS d
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
 ORDER BY 1, 2, 3

-- name: lock_holders
-- Other sessions that hold locks on users' tables in this database, the oldest transaction first.
SELECT a.pid, a.usename::text, a.application_name, pg_catalog.host(a.client_addr), a.state,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8, a.query
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.datname = pg_catalog.current_database()
   AND EXISTS (SELECT FROM pg_catalog.pg_locks AS l
                WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.granted AND l.relation >= 16384)
 ORDER BY a.xact_start
 LIMIT 5

-- name: bypasses
-- Ways around the granted rights: definer functions, owner-rights views, cascades, dangerous grants.
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

-- name: memberships
-- Who is a member of what. Before 16 there are no options: a member can SET ROLE, and inherits if its role does.
SELECT pg_catalog.pg_get_userbyid(m.roleid), pg_catalog.pg_get_userbyid(m.member), pg_catalog.pg_get_userbyid(m.grantor),
       m.admin_option,
       coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, r.rolinherit),
       coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::bool, true)
  FROM pg_catalog.pg_auth_members AS m
  JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
 ORDER BY 2, 1, 3

-- name: new_table_rights
-- What the bot could do with a table, and with the sequence of its column id, that were just created.
SELECT ARRAY(SELECT p FROM pg_catalog.unnest(%(rights)s::text[]) AS p
              WHERE pg_catalog.has_table_privilege(%(bot)s::oid, %(table)s::text::regclass, p)),
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS p
              WHERE pg_catalog.has_sequence_privilege(
                        %(bot)s::oid, pg_catalog.pg_get_serial_sequence(%(table)s::text, 'id')::regclass, p))

-- name: objects
-- Every other user object that has an owner: functions, types, collations, operators, text search, statistics.
WITH object AS (
    SELECT 'pg_catalog.pg_proc'::regclass AS class, p.oid, p.pronamespace AS schema, p.proowner AS owner
      FROM pg_catalog.pg_proc AS p
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, t.typnamespace, t.typowner
      FROM pg_catalog.pg_type AS t
     WHERE t.typtype IN ('d', 'e', 'r', 'b') AND t.typelem = 0
        OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c')
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass, c.oid, c.collnamespace, c.collowner FROM pg_catalog.pg_collation AS c
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass, o.oid, o.oprnamespace, o.oprowner FROM pg_catalog.pg_operator AS o
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass, d.oid, d.dictnamespace, d.dictowner FROM pg_catalog.pg_ts_dict AS d
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass, c.oid, c.cfgnamespace, c.cfgowner FROM pg_catalog.pg_ts_config AS c
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, s.oid, s.stxnamespace, s.stxowner
      FROM pg_catalog.pg_statistic_ext AS s
)
SELECT i.type, n.nspname, i.identity, pg_catalog.pg_get_userbyid(o.owner),
       EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e'),
       EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'i')
  FROM object AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.schema
 CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.class, o.oid, 0) AS i
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, i.type, i.identity

-- name: parameters_from15
-- Server parameters that the bot, or a role it can become, may set or ALTER SYSTEM through a grant of its own.
SELECT 'parameter', a.parname, ARRAY[x.privilege_type,
                                     CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END]
  FROM pg_catalog.pg_parameter_acl AS a
 CROSS JOIN LATERAL pg_catalog.aclexplode(a.paracl) AS x
 WHERE x.grantee = 0 OR x.grantee = ANY (%(reach)s::oid[])
 ORDER BY 2, 3

-- name: passwords
-- The roles that have a password, without it. Only a superuser may read pg_authid.
SELECT a.rolname
  FROM pg_catalog.pg_authid AS a
 WHERE a.rolpassword IS NOT NULL

-- name: relations
-- Every user table, view and sequence: its owner, what the bot and the roles it can become may do, and the grants.
SELECT i.type, n.nspname, i.identity, pg_catalog.pg_get_userbyid(c.relowner),
       EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'),
       c.relkind = 'S' AND EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid
                  AND e.refclassid = 'pg_catalog.pg_class'::regclass AND e.refobjsubid > 0 AND e.deptype IN ('a', 'i')),
       ARRAY(SELECT p FROM pg_catalog.unnest(k.rights) AS p
              WHERE CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(%(bot)s::oid, c.oid, p)
                         ELSE pg_catalog.has_table_privilege(%(bot)s::oid, c.oid, p) END),
       ARRAY(SELECT p FROM pg_catalog.unnest(k.rights) AS p
              WHERE EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                             WHERE CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(r, c.oid, p)
                                        ELSE pg_catalog.has_table_privilege(r, c.oid, p) END)),
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                   x.privilege_type, x.is_grantable))
          FROM pg_catalog.aclexplode(c.relacl) AS x
         WHERE x.grantee = 0 OR x.grantee = ANY (%(concerned)s::oid[])),
       ARRAY(SELECT DISTINCT x.privilege_type
               FROM pg_catalog.pg_attribute AS a, pg_catalog.aclexplode(a.attacl) AS x
              WHERE a.attrelid = c.oid AND NOT a.attisdropped AND x.grantee = ANY (%(reach)s::oid[]))
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, c.oid, 0) AS i
 CROSS JOIN LATERAL (SELECT CASE c.relkind WHEN 'S' THEN ARRAY['USAGE', 'SELECT', 'UPDATE']
                                 ELSE %(rights)s::text[] END AS rights) AS k
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, c.relname

-- name: roles
-- Every role, its attributes, its settings for this database, and how many other sessions it has open.
SELECT r.oid, r.rolname, r.rolcanlogin, r.rolinherit, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication,
       r.rolbypassrls, r.oid = 10, r.rolconnlimit,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a
         WHERE a.usesysid = r.oid AND a.pid <> pg_catalog.pg_backend_pid()
           AND (a.backend_type = 'client backend' OR a.backend_type IS NULL)),
       ARRAY(SELECT c FROM pg_catalog.pg_db_role_setting AS s, pg_catalog.unnest(s.setconfig) AS c
              WHERE s.setrole = r.oid
                AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database
                                           WHERE datname = pg_catalog.current_database())))
  FROM pg_catalog.pg_roles AS r
 ORDER BY r.rolname

-- name: schemas
-- Every user schema: its owner, what the bot and the roles it can become may do in it, and the grants that say so.
SELECT 'schema', n.nspname, pg_catalog.quote_ident(n.nspname), pg_catalog.pg_get_userbyid(n.nspowner),
       EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                WHERE e.classid = 'pg_catalog.pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e'),
       false,
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['USAGE', 'CREATE']) AS p
              WHERE pg_catalog.has_schema_privilege(%(bot)s::oid, n.oid, p)),
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['USAGE', 'CREATE']) AS p
              WHERE EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                             WHERE pg_catalog.has_schema_privilege(r, n.oid, p))),
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                   x.privilege_type, x.is_grantable))
          FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS x
         WHERE x.grantee = 0 OR x.grantee = ANY (%(concerned)s::oid[])),
       '{}'::text[]
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname

-- name: server
-- The current role, the server and the database, and whether the role is a superuser.
SELECT pg_catalog.current_setting('server_version_num')::int, current_user::text,
       pg_catalog.current_setting('is_superuser') = 'on'
