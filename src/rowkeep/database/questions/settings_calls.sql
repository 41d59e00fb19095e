-- settings_calls
-- What a function that commits by itself begins with, and every transaction of it.
SELECT
    pg_catalog.set_config('search_path', %(search_path)s, false),
    pg_catalog.set_config('lock_timeout', %(lock_timeout)s, false),
    pg_catalog.set_config('statement_timeout', %(statement_timeout)s, false)
