-- Default privileges: what the roles concerned and PUBLIC get on objects that are made later.
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
