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
