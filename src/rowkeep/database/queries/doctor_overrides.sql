-- Settings that are fixed for a role, for this database, or for both.
SELECT coalesce(r.rolname::text, ''), coalesce(d.datname::text, ''), c
  FROM pg_catalog.pg_db_role_setting AS s
 CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
 WHERE s.setdatabase = 0 OR d.datname = pg_catalog.current_database()
 ORDER BY 1, 2, 3
