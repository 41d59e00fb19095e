-- Where text of a migration finds its tables, until the migration ends or says otherwise.
SELECT pg_catalog.set_config('search_path', $1, false)
