-- Whether the current role may set a parameter that only superusers set.
SELECT pg_catalog.has_parameter_privilege(%(name)s, 'SET')
