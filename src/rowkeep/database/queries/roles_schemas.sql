-- Every schema of users: its owner, what the bot and the roles it can become may do in it, and the grants that say so.
SELECT 'schema', n.nspname, pg_catalog.quote_ident(n.nspname), pg_catalog.pg_get_userbyid(n.nspowner),
       EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                WHERE e.classid = 'pg_catalog.pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e'),
       false,
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['USAGE', 'CREATE']) AS p
              WHERE pg_catalog.has_schema_privilege(%(bot)s::oid, n.oid, p)),
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['USAGE', 'CREATE']) AS p
              WHERE EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                             WHERE pg_catalog.has_schema_privilege(r, n.oid, p))),
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                   x.privilege_type, x.is_grantable))
          FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS x
         WHERE x.grantee = 0 OR x.grantee = ANY (%(concerned)s::oid[])),
       '{}'::text[]
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname
