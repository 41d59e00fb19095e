-- An autovacuum steps aside only for a waiter that has waited this long; set where the role may.
SELECT pg_catalog.set_config('deadlock_timeout', %(ms)s, false)
WHERE pg_catalog.has_parameter_privilege('deadlock_timeout', 'SET')
