-- The database itself, and its collations that are in use or of its own making: provider, and version then and now.
SELECT true AS is_database, database.datname::text AS name,
       COALESCE(pg_catalog.to_jsonb(database) ->> 'datlocprovider', 'c') = 'i' AS icu, '' AS recorded, '' AS now,
       0 AS indexes
  FROM pg_catalog.pg_database AS database
 WHERE database.datname = pg_catalog.current_database()
UNION ALL
SELECT false, pg_catalog.concat(pg_catalog.quote_ident(namespace.nspname), '.', pg_catalog.quote_ident(coll.collname)),
       coll.collprovider = 'i', COALESCE(coll.collversion, ''),
       COALESCE(pg_catalog.pg_collation_actual_version(coll.oid), ''),
       (SELECT pg_catalog.count(DISTINCT class.oid)
          FROM pg_catalog.pg_depend AS depend
          JOIN pg_catalog.pg_class AS class ON class.oid = depend.objid AND class.relkind IN ('i', 'I')
         WHERE depend.classid = 'pg_catalog.pg_class'::regclass
           AND depend.refclassid = 'pg_catalog.pg_collation'::regclass AND depend.refobjid = coll.oid)::int
  FROM pg_catalog.pg_collation AS coll
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = coll.collnamespace
 WHERE coll.oid >= 16384
    OR EXISTS (SELECT FROM pg_catalog.pg_depend AS depend
                WHERE depend.refclassid = 'pg_catalog.pg_collation'::regclass AND depend.refobjid = coll.oid)
 ORDER BY 1 DESC, 2
