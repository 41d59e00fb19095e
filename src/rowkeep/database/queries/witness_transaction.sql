-- What every transaction of the witness begins with, whatever the one before has set.
SELECT pg_catalog.set_config('search_path', $1, true),
       pg_catalog.set_config('statement_timeout', $2, true),
       pg_catalog.set_config('lock_timeout', '0', true)
