-- Whether the role may set deadlock_timeout.
SELECT pg_catalog.has_parameter_privilege('deadlock_timeout', 'SET')
