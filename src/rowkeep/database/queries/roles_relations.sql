-- Every table, view and sequence of users: its owner, what the bot and the roles it can become may do, and the grants.
SELECT i.type, n.nspname, i.identity, pg_catalog.pg_get_userbyid(c.relowner),
       EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'),
       c.relkind = 'S' AND EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid
                  AND e.refclassid = 'pg_catalog.pg_class'::regclass AND e.refobjsubid > 0 AND e.deptype IN ('a', 'i')),
       ARRAY(SELECT p FROM pg_catalog.unnest(k.rights) AS p
              WHERE CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(%(bot)s::oid, c.oid, p)
                         ELSE pg_catalog.has_table_privilege(%(bot)s::oid, c.oid, p) END),
       ARRAY(SELECT p FROM pg_catalog.unnest(k.rights) AS p
              WHERE EXISTS (SELECT FROM pg_catalog.unnest(%(reach)s::oid[]) AS r
                             WHERE CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(r, c.oid, p)
                                        ELSE pg_catalog.has_table_privilege(r, c.oid, p) END)),
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                   x.privilege_type, x.is_grantable))
          FROM pg_catalog.aclexplode(c.relacl) AS x
         WHERE x.grantee = 0 OR x.grantee = ANY (%(concerned)s::oid[])),
       ARRAY(SELECT DISTINCT x.privilege_type
               FROM pg_catalog.pg_attribute AS a, pg_catalog.aclexplode(a.attacl) AS x
              WHERE a.attrelid = c.oid AND NOT a.attisdropped AND x.grantee = ANY (%(reach)s::oid[]))
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, c.oid, 0) AS i
 CROSS JOIN LATERAL (SELECT CASE c.relkind WHEN 'S' THEN ARRAY['USAGE', 'SELECT', 'UPDATE']
                                 ELSE %(rights)s::text[] END AS rights) AS k
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, c.relname
