-- name: settings
-- For this transaction: the search_path of the migrations, and limits of time. The first query, after which nothing makes the transaction writable.
SELECT pg_catalog.set_config('search_path', %(path)s, true),
       pg_catalog.set_config('statement_timeout', %(timeout)s, true),
       pg_catalog.set_config('lock_timeout', '5s', true)
