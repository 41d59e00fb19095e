-- What a statement outside a transaction begins with: an index build must wait as long as it takes.
SELECT
    pg_catalog.set_config('search_path', %(search_path)s, false),
    pg_catalog.set_config('lock_timeout', '0', false),
    pg_catalog.set_config('statement_timeout', '0', false)
