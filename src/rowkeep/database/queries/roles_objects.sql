-- Every other object of users that has an owner: functions, types, collations, operators, text search, statistics.
WITH object AS (
    SELECT 'pg_catalog.pg_proc'::regclass AS class, p.oid, p.pronamespace AS schema, p.proowner AS owner
      FROM pg_catalog.pg_proc AS p
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, t.typnamespace, t.typowner
      FROM pg_catalog.pg_type AS t
     WHERE t.typtype IN ('d', 'e', 'r', 'b') AND t.typelem = 0
        OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c')
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass, c.oid, c.collnamespace, c.collowner FROM pg_catalog.pg_collation AS c
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass, o.oid, o.oprnamespace, o.oprowner FROM pg_catalog.pg_operator AS o
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass, d.oid, d.dictnamespace, d.dictowner FROM pg_catalog.pg_ts_dict AS d
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass, c.oid, c.cfgnamespace, c.cfgowner FROM pg_catalog.pg_ts_config AS c
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, s.oid, s.stxnamespace, s.stxowner
      FROM pg_catalog.pg_statistic_ext AS s
)
SELECT i.type, n.nspname, i.identity, pg_catalog.pg_get_userbyid(o.owner),
       EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e'),
       EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'i')
  FROM object AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.schema
 CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.class, o.oid, 0) AS i
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, i.type, i.identity
