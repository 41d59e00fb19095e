-- Is there a database of this name?
SELECT EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname = %(name)s)
