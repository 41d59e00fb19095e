-- Cancel what a session does now.
SELECT pg_catalog.pg_cancel_backend(%(pid)s::pg_catalog.int4)
