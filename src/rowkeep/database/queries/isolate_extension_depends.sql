-- The role depends on the extension that it owns now, as after CREATE EXTENSION by itself; nobody depends on a superuser of initdb.
WITH gone AS (
    DELETE FROM pg_catalog.pg_shdepend d
    WHERE d.dbid = (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())
      AND d.classid = 'pg_catalog.pg_extension'::regclass AND d.objid = %(extension)s AND d.deptype = 'o'
)
INSERT INTO pg_catalog.pg_shdepend (dbid, classid, objid, objsubid, refclassid, refobjid, deptype)
SELECT b.oid, 'pg_catalog.pg_extension'::regclass, %(extension)s, 0, 'pg_catalog.pg_authid'::regclass, e.extowner, 'o'
FROM pg_catalog.pg_database b, pg_catalog.pg_extension e
WHERE b.datname = pg_catalog.current_database() AND e.oid = %(extension)s AND e.extowner <> 10
