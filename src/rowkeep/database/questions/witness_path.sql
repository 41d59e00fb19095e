-- Where what no transaction may hold finds its tables, until the end of its migration or until it says otherwise.
SELECT pg_catalog.set_config('search_path', $1, false)
