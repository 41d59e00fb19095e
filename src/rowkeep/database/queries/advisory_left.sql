-- The advisory locks of this session: class, object, kind and mode, and whether it is the lock of a run.
SELECT
    held.classid::pg_catalog.int8, held.objid::pg_catalog.int8, held.objsubid, held.mode,
    held.objsubid = 1
    AND held.classid = ((%(key)s::pg_catalog.int8 >> 32) & 4294967295)::pg_catalog.oid
    AND held.objid = (%(key)s::pg_catalog.int8 & 4294967295)::pg_catalog.oid AS is_ours
FROM pg_catalog.pg_locks AS held
WHERE held.locktype = 'advisory' AND held.granted AND held.pid = pg_catalog.pg_backend_pid()
ORDER BY 1, 2, 3
