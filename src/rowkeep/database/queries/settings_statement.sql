-- How long text of a migration that no transaction holds may wait for a lock, and work.
SELECT
    pg_catalog.set_config('lock_timeout', %(lock_timeout)s, false),
    pg_catalog.set_config('statement_timeout', %(statement_timeout)s, false)
