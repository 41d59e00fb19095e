-- Give an advisory lock back that a migration has left; false when the session does not hold it (any more).
SELECT CASE
    WHEN %(pair)s AND %(shared)s THEN pg_catalog.pg_advisory_unlock_shared(%(class)s::pg_catalog.int4, %(object)s::pg_catalog.int4)
    WHEN %(pair)s THEN pg_catalog.pg_advisory_unlock(%(class)s::pg_catalog.int4, %(object)s::pg_catalog.int4)
    WHEN %(shared)s THEN pg_catalog.pg_advisory_unlock_shared(%(key)s::pg_catalog.int8)
    ELSE pg_catalog.pg_advisory_unlock(%(key)s::pg_catalog.int8)
END
