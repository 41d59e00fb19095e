-- Take the lock of a run if it is free. Never waits: waiting inside a lock function deadlocks with an index build.
SELECT pg_catalog.pg_try_advisory_lock(%(key)s::pg_catalog.int8)
