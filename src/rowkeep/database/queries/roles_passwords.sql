-- The roles that have a password, without it. Only a superuser may read pg_authid.
SELECT a.rolname
  FROM pg_catalog.pg_authid AS a
 WHERE a.rolpassword IS NOT NULL
