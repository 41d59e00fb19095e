-- Relations, functions, types and schemas outside the system: those made since an oid, and those named by their oids.
SELECT pg_catalog.json_build_object(
  'relations', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
      c.oid::bigint, n.nspname, c.relname, c.relkind, pg_catalog.pg_relation_filenode(c.oid)::bigint,
      (SELECT coalesce(pg_catalog.json_object_agg(a.attnum, a.attname), '{}')
       FROM pg_catalog.pg_attribute AS a
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')),
      (SELECT i.inhparent::bigint FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid LIMIT 1),
      EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND c.relkind = 'S'
          AND d.deptype IN ('a', 'i')))), '[]')
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (c.oid > $1::pg_catalog.oid OR c.oid = ANY ($2::pg_catalog.oid[]))
      AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  ),
  'objects', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(f.class::bigint, f.oid::bigint, f.kind, f.name)),
                    '[]')
    FROM (
      SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid AS class, p.oid, 'function' AS kind,
             p.oid::pg_catalog.regprocedure::text AS name
      FROM pg_catalog.pg_proc AS p
      WHERE p.oid > $1::pg_catalog.oid AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
      UNION ALL
      SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 'type', t.oid::pg_catalog.regtype::text
      FROM pg_catalog.pg_type AS t
      WHERE t.oid > $1::pg_catalog.oid AND t.typtype IN ('e', 'd', 'c', 'r') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind <> 'c') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
      UNION ALL
      SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, s.oid, 'schema', pg_catalog.quote_ident(s.nspname)
      FROM pg_catalog.pg_namespace AS s WHERE s.oid > $1::pg_catalog.oid AND s.nspname !~ '^pg_'
    ) AS f
  )
)
