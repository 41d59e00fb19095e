-- What holds while a database is looked at for lint: full names, and no long wait behind somebody else's lock.
SELECT pg_catalog.set_config('search_path', '', true),
       pg_catalog.set_config('lock_timeout', %(lock_ms)s::pg_catalog.text, true),
       pg_catalog.set_config('statement_timeout', %(statement_ms)s::pg_catalog.text, true)
