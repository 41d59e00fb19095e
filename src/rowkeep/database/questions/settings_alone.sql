-- What a statement outside a transaction begins with: an index build waits as long as it takes, others do not.
SELECT
    pg_catalog.set_config('search_path', %(search_path)s, false),
    pg_catalog.set_config('lock_timeout', %(lock_timeout)s, false),
    pg_catalog.set_config('statement_timeout', %(statement_timeout)s, false)
