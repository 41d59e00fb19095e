-- This database: its owner, what the bot and the roles it can become may do with it, and the grants that say so.
SELECT 'database', '', pg_catalog.quote_ident(d.datname), pg_catalog.pg_get_userbyid(d.datdba), false, false,
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['CREATE', 'CONNECT', 'TEMPORARY']) AS p
              WHERE pg_catalog.has_database_privilege(%(bot)s::oid, d.oid, p)),
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['CREATE', 'CONNECT', 'TEMPORARY']) AS p
              WHERE EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                             WHERE pg_catalog.has_database_privilege(r, d.oid, p))),
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                   x.privilege_type, x.is_grantable))
          FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS x
         WHERE x.grantee = 0 OR x.grantee = ANY (%(concerned)s::oid[])),
       '{}'::text[]
  FROM pg_catalog.pg_database AS d
 WHERE d.datname = pg_catalog.current_database()
