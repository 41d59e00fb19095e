-- Who is a member of what. Before 16 there are no options: a member can always SET ROLE, and inherits as it is made.
SELECT pg_catalog.pg_get_userbyid(m.roleid), pg_catalog.pg_get_userbyid(m.member), pg_catalog.pg_get_userbyid(m.grantor),
       m.admin_option,
       coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, r.rolinherit),
       coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::bool, true)
  FROM pg_catalog.pg_auth_members AS m
  JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
 ORDER BY 2, 1, 3
