-- How long the next statements wait for a lock.
SELECT pg_catalog.set_config('lock_timeout', $1, true)
