-- The extensions of this database.
SELECT e.extname::text, e.extversion, coalesce(a.default_version, '')
  FROM pg_catalog.pg_extension AS e
  LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
 ORDER BY 1
