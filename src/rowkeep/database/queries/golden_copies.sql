-- name: changed_collations
-- How many collations in use sort otherwise than when the database was restored.
SELECT pg_catalog.count(*)
  FROM pg_catalog.pg_collation AS coll
 WHERE coll.collversion <> pg_catalog.pg_collation_actual_version(coll.oid)
   AND (coll.oid >= 16384
        OR EXISTS (SELECT FROM pg_catalog.pg_depend AS depend
                    WHERE depend.refclassid = 'pg_catalog.pg_collation'::regclass AND depend.refobjid = coll.oid));

-- name: database_collation_from15
-- Whether the database itself sorts otherwise than when it was restored.
SELECT datcollversion <> pg_catalog.pg_database_collation_actual_version(oid)
  FROM pg_catalog.pg_database
 WHERE datname = pg_catalog.current_database();
