-- name: available_extensions
-- The extensions that this server can create.
SELECT a.name::text FROM pg_catalog.pg_available_extensions a

-- name: blockers
-- Which sessions hold or wait for a lock that prevents reading one of these tables: (table, session).
SELECT l.relation::regclass::text, l.granted, a.pid, a.usename::text, a.application_name, a.client_addr::text, a.state,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8, a.query
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation = ANY (%(oids)s::oid[])
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND a.pid <> pg_catalog.pg_backend_pid()
ORDER BY l.granted DESC, a.xact_start

-- name: count_relations
-- How many tables and sequences the current database has, those of extensions included: (tables, sequences).
SELECT pg_catalog.count(*) FILTER (WHERE c.relkind IN ('r', 'p', 'm')),
       pg_catalog.count(*) FILTER (WHERE c.relkind = 'S')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';

-- name: database
-- How the current database was created: owner, encoding, locale, comment. The locale's columns differ by major.
SELECT pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
       pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS "collate", d.datctype::text AS ctype,
       coalesce(j.row ->> 'datlocprovider', 'c') AS provider,
       coalesce(j.row ->> 'datlocale', j.row ->> 'daticulocale') AS locale,
       j.row ->> 'daticurules' AS icu_rules,
       d.datconnlimit AS connection_limit,
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
       d.datacl IS NOT NULL AS changed_grants
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(d) AS row) j
WHERE d.datname = pg_catalog.current_database()

-- name: database_grants
-- The rights on the current database: (grantee or null for PUBLIC, privilege, grantable).
SELECT DISTINCT CASE WHEN g.grantee <> 0 THEN pg_catalog.pg_get_userbyid(g.grantee)::text END, g.privilege_type,
       g.is_grantable
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) g
WHERE d.datname = pg_catalog.current_database()
ORDER BY 1, 2, 3

-- name: database_settings
-- What ALTER DATABASE and ALTER ROLE ... IN DATABASE set for the current database: (role or null, name, value).
SELECT CASE WHEN s.setrole <> 0 THEN pg_catalog.pg_get_userbyid(s.setrole)::text END,
       pg_catalog.split_part(x.entry, '=', 1), pg_catalog.substr(x.entry, pg_catalog.strpos(x.entry, '=') + 1)
FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY x (entry, place)
WHERE d.datname = pg_catalog.current_database()
ORDER BY s.setrole, x.place

-- name: export
-- A name under which other sessions can read exactly what this transaction reads.
SELECT pg_catalog.pg_export_snapshot()

-- name: extensions
-- The extensions that a restore needs, and their owners.
SELECT e.extname::text, e.extversion, pg_catalog.pg_get_userbyid(e.extowner)::text AS owner
FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY 1

-- name: facts
-- The facts about its server and database that a backup needs, in one row.
SELECT pg_catalog.current_database()::text AS database,
       current_user::text AS role,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.pg_is_in_recovery() AS standby,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_lsn() END::text AS lsn,
       pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS now,
       -- Locks are kept for every session and prepared transaction that may exist (manual, 20.12).
       pg_catalog.current_setting('max_locks_per_transaction')::bigint
       * (pg_catalog.current_setting('max_connections')::bigint
          + pg_catalog.current_setting('max_prepared_transactions')::bigint) AS lock_slots

-- name: unreadable
-- What the current role cannot read in full, and a dump would therefore lack: (reason, name).
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

-- name: roles
-- Every role except those of PostgreSQL itself, with attributes, memberships and settings, without its password.
WITH own AS (
    SELECT d.oid, d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
), needed (oid) AS (
    SELECT s.refobjid FROM pg_catalog.pg_shdepend s, own
    WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.dbid = own.oid
    UNION SELECT own.datdba FROM own
    -- What the first superuser owns is recorded nowhere else.
    UNION SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.oid >= 16384
    UNION SELECT p.proowner FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
    UNION SELECT n.nspowner FROM pg_catalog.pg_namespace n WHERE n.oid >= 16384
    UNION SELECT t.typowner FROM pg_catalog.pg_type t WHERE t.oid >= 16384
)
SELECT r.rolname::text,
       ARRAY[CASE WHEN r.rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END,
             CASE WHEN r.rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
             CASE WHEN r.rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
             CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
             CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
             CASE WHEN r.rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
             CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
             'CONNECTION LIMIT ' || r.rolconnlimit] AS attributes,
       r.oid IN (SELECT n.oid FROM needed n) AS needed,
       ARRAY(SELECT pg_catalog.pg_get_userbyid(m.roleid)::text FROM pg_catalog.pg_auth_members m
             WHERE m.member = r.oid ORDER BY m.roleid, m.grantor) AS parents,
       ARRAY(SELECT pg_catalog.concat_ws(', ', CASE WHEN m.admin_option THEN 'ADMIN OPTION' END,
                        -- Both columns came with 16.
                        CASE pg_catalog.to_jsonb(m) ->> 'inherit_option' WHEN 'true' THEN 'INHERIT TRUE'
                                                                         WHEN 'false' THEN 'INHERIT FALSE' END,
                        CASE pg_catalog.to_jsonb(m) ->> 'set_option' WHEN 'false' THEN 'SET FALSE' END)
             FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid ORDER BY m.roleid, m.grantor) AS options,
       coalesce((SELECT s.setconfig FROM pg_catalog.pg_db_role_setting s
                 WHERE s.setrole = r.oid AND s.setdatabase = 0), ARRAY[]::text[]) AS settings
FROM pg_catalog.pg_roles r
WHERE r.rolname !~ '^pg_'
ORDER BY r.rolname

-- name: sequences
-- Every sequence that a dump contains, without its value.
SELECT c.oid, n.nspname::text, c.relname::text, q.seqincrement > 0 AS ascending
FROM pg_catalog.pg_sequence q
JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 2, 3

-- name: sizes
-- The size of each table on disk, with its toasted values and without its indexes, in bytes.
SELECT t.oid, pg_catalog.pg_table_size(t.oid) FROM pg_catalog.unnest(%(oids)s::oid[]) AS t (oid)

-- name: system_identifier
-- The identifier that a cluster keeps for life. Some services forbid this query.
SELECT c.system_identifier::text FROM pg_catalog.pg_control_system() c

-- name: tables
-- The tables whose rows a dump contains, and the partitioned tables above them (they have no rows of their own).
SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind = 'p' AS partitioned
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  -- A standby cannot read unlogged tables, and pg_dump leaves their rows out there.
  AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
  -- An extension's tables come back with the extension.
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname

-- name: functions_without_search_path
-- Functions without a search_path of their own, their bodies, and whether a restore itself calls them.
SELECT n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid), p.prosrc,
       EXISTS (
           -- What calls them: generated columns, CHECKs of tables and domains, indexes, partition keys, materialized
           -- views. A DEFAULT or a trigger is not run.
           SELECT FROM pg_catalog.pg_depend d
           WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid = p.oid
             AND (d.classid = 'pg_catalog.pg_constraint'::regclass
                  OR EXISTS (SELECT FROM pg_catalog.pg_class c
                             WHERE d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
                               AND (c.relkind IN ('i', 'I')
                                    OR c.relkind = 'p' AND d.objsubid = 0
                                    OR EXISTS (SELECT FROM pg_catalog.pg_attribute a
                                               WHERE a.attrelid = d.objid AND a.attnum = d.objsubid
                                                 AND a.attgenerated <> '')))
                  -- The expression of a generated column depends as itself, or (14, 15) as its column, above.
                  OR EXISTS (SELECT FROM pg_catalog.pg_attrdef f
                             JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
                             WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
                               AND a.attgenerated <> '')
                  OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w
                             JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
                             WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid
                               AND c.relkind IN ('m', 'v')))
       ) AS called
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND l.lanname IN ('sql', 'plpgsql')
  AND p.prokind IN ('f', 'p')
  -- A body that was parsed when it was made names no name any more.
  AND p.prosqlbody IS NULL
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.unnest(p.proconfig) AS s (setting) WHERE s.setting ~* '^search_path=')
ORDER BY 1, 2, 3

-- name: names_in_search_path
-- Names found through search_path only, by kind: functions, relations, types and operators outside pg_catalog.
SELECT 'function', p.proname::text FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc o
                  WHERE o.proname = p.proname AND o.pronamespace = 'pg_catalog'::regnamespace)
UNION
SELECT 'relation', c.relname::text FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION
SELECT 'type', t.typname::text FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION
SELECT 'operator', o.oprname::text FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_operator s
                  WHERE s.oprname = o.oprname AND s.oprnamespace = 'pg_catalog'::regnamespace)

-- name: unpinned_functions
-- Functions and procedures that run with the search_path of their caller: (schema, name, arguments).
SELECT n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid)
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND l.lanname NOT IN ('c', 'internal')
  AND p.prokind IN ('f', 'p')
  -- A body that was parsed when it was made names no name any more.
  AND p.prosqlbody IS NULL
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.unnest(p.proconfig) AS s (setting) WHERE s.setting ~* '^search_path=')
ORDER BY 1, 2, 3
