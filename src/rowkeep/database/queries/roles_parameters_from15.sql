-- Server parameters that the bot, or a role it can become, may set or ALTER SYSTEM through a grant of its own.
SELECT 'parameter', a.parname, ARRAY[x.privilege_type,
                                     CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END]
  FROM pg_catalog.pg_parameter_acl AS a
 CROSS JOIN LATERAL pg_catalog.aclexplode(a.paracl) AS x
 WHERE x.grantee = 0 OR x.grantee = ANY (%(reach)s::oid[])
 ORDER BY 2, 3
