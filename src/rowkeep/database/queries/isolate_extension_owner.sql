-- An extension gets the owner that it has in production: no dump carries it.
UPDATE pg_catalog.pg_extension e SET extowner = r.oid
FROM pg_catalog.pg_roles r
WHERE r.rolname = %(owner)s AND e.extname = %(extension)s AND e.extowner <> r.oid
RETURNING e.oid
