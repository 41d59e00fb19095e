-- The rights on the current database: (grantee or null for PUBLIC, privilege, grantable).
SELECT DISTINCT CASE WHEN g.grantee <> 0 THEN pg_catalog.pg_get_userbyid(g.grantee)::text END, g.privilege_type,
       g.is_grantable
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) g
WHERE d.datname = pg_catalog.current_database()
ORDER BY 1, 2, 3
