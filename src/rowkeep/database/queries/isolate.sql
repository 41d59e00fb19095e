-- name: record_extension_owner
-- Record the extension's owner, as CREATE EXTENSION does; there is no such record for the superuser of initdb.
WITH gone AS (
    DELETE FROM pg_catalog.pg_shdepend d
    WHERE d.dbid = (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())
      AND d.classid = 'pg_catalog.pg_extension'::regclass AND d.objid = %(extension)s AND d.deptype = 'o'
)
INSERT INTO pg_catalog.pg_shdepend (dbid, classid, objid, objsubid, refclassid, refobjid, deptype)
SELECT b.oid, 'pg_catalog.pg_extension'::regclass, %(extension)s, 0, 'pg_catalog.pg_authid'::regclass, e.extowner, 'o'
FROM pg_catalog.pg_database b, pg_catalog.pg_extension e
WHERE b.datname = pg_catalog.current_database() AND e.oid = %(extension)s AND e.extowner <> 10

-- name: set_extension_owner
-- Give an extension the owner that it has in production: no dump contains it.
UPDATE pg_catalog.pg_extension e SET extowner = r.oid
FROM pg_catalog.pg_roles r
WHERE r.rolname = %(owner)s AND e.extname = %(extension)s AND e.extowner <> r.oid
RETURNING e.oid

-- name: disable_languages
-- Functions in languages that may do anything on the server do not run: the language loses its handler.
UPDATE pg_catalog.pg_language SET lanplcallfoid = 0, laninline = 0 WHERE lanispl AND NOT lanpltrusted

-- name: disable_libraries
-- Functions in C that open connections are no longer found in their library.
UPDATE pg_catalog.pg_proc p SET probin = '$libdir/rowkeep-cut-off'
FROM pg_catalog.pg_language l
WHERE l.oid = p.prolang AND l.lanname = 'c'
  AND ((p.probin ~ '(^|/)dblink$' AND p.prosrc IN ('dblink_connect', 'dblink_record', 'dblink_exec', 'dblink_send_query'))
       OR p.probin ~ '(^|/)(plproxy|http|pg_net|pg_curl|pg_amqp|pg_background)$')

-- name: disable_login_triggers
-- No trigger fires at login.
UPDATE pg_catalog.pg_event_trigger SET evtenabled = 'D' WHERE evtevent = 'login'

-- name: clear_user_mappings
-- User mappings keep the names of their options and lose every value that identifies somebody.
UPDATE pg_catalog.pg_user_mapping
SET umoptions = ARRAY(
    SELECT CASE WHEN lower(x.option_value) OPERATOR(pg_catalog.=) ANY (ARRAY['true', 'false', 'on', 'off', 'yes', 'no'])
                THEN x.option_name || '=' || x.option_value ELSE x.option_name || '=' END
    FROM pg_catalog.pg_options_to_table(umoptions) x)
WHERE umoptions IS NOT NULL

-- name: redirect_servers
-- Foreign servers lead nowhere: every option with an address is replaced, and servers that use the default get a host.
UPDATE pg_catalog.pg_foreign_server s
SET srvoptions = ARRAY(
    SELECT CASE WHEN x.option_name IN ('host', 'hostaddr', 'service', 'server', 'servername', 'dbserver', 'address',
                                       'uri', 'url', 'endpoint', 'connection', 'connstr', 'jdbc_url')
                THEN x.option_name || '=' || CASE WHEN x.option_name = 'hostaddr' THEN '255.255.255.255'
                                                  ELSE '/rowkeep/copy/leads/nowhere' END
                ELSE x.option_name || '=' || x.option_value END
    FROM pg_catalog.pg_options_to_table(s.srvoptions) x
    UNION ALL
    SELECT 'host=/rowkeep/copy/leads/nowhere'
    WHERE (SELECT w.fdwname FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw)
          IN ('postgres_fdw', 'dblink_fdw')
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_options_to_table(s.srvoptions) x
                      WHERE x.option_name IN ('host', 'hostaddr', 'service')))

-- name: allow_catalog_writes
-- Allow this transaction to write to the catalog, and look up names in system schemas only.
SELECT pg_catalog.set_config('search_path', '', true), pg_catalog.set_config('allow_system_table_mods', 'on', true),
       pg_catalog.set_config('session_replication_role', 'replica', true)

-- name: disable_wrappers
-- No foreign table of this copy can be read or written: its wrapper loses its handler.
UPDATE pg_catalog.pg_foreign_data_wrapper SET fdwhandler = 0 WHERE fdwhandler OPERATOR(pg_catalog.<>) 0
