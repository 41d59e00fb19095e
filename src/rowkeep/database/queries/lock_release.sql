-- Give the lock of a run back.
SELECT pg_catalog.pg_advisory_unlock(%(key)s::pg_catalog.int8)
