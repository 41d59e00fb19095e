-- Every role that people made, with its attributes, memberships and settings, without its password.
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
