-- End a session that does not heed its cancel.
SELECT pg_catalog.pg_terminate_backend(%(pid)s)
