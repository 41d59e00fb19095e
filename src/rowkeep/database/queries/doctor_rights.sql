-- What the current role may do: build, own, keep the ledger, read everything for a backup, see who is in the way.
WITH relation AS (
    SELECT c.oid, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
           pg_catalog.format('%%I.%%I', n.nspname, c.relname) AS identity
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
)
SELECT to_regnamespace(pg_catalog.quote_ident(%(schema)s)) IS NOT NULL AS schema_exists,
       coalesce(pg_catalog.has_schema_privilege(to_regnamespace(pg_catalog.quote_ident(%(schema)s)), 'CREATE'), false)
           AS builds,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS makes_schemas,
       to_regnamespace('rowkeep') IS NOT NULL AS ledger_exists,
       coalesce(pg_catalog.has_schema_privilege(to_regnamespace('rowkeep'), 'USAGE'), false) AS uses_ledger,
       ARRAY(SELECT identity FROM relation
              WHERE relkind <> 'S' AND NOT pg_catalog.pg_has_role(relowner, 'USAGE') ORDER BY 1) AS not_owned,
       ARRAY(SELECT identity FROM relation
              WHERE relkind <> 'f'
                AND NOT CASE relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(oid, 'SELECT')
                             ELSE pg_catalog.has_table_privilege(oid, 'SELECT') END ORDER BY 1) AS unreadable,
       ARRAY(SELECT identity FROM relation AS t
              WHERE t.relrowsecurity AND (t.relforcerowsecurity OR NOT pg_catalog.pg_has_role(t.relowner, 'USAGE'))
                AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                                 WHERE r.rolname = current_user AND (r.rolbypassrls OR r.rolsuper))
              ORDER BY 1) AS row_secured,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata AS l
         WHERE NOT pg_catalog.pg_has_role(l.lomowner, 'USAGE')
           AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(l.lomacl) AS x
                            WHERE x.privilege_type = 'SELECT'
                              AND (x.grantee = 0 OR pg_catalog.pg_has_role(x.grantee, 'USAGE'))))::int AS large_objects,
       pg_catalog.pg_has_role('pg_read_all_data', 'USAGE') AS reads_all,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_others,
       pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS signals
