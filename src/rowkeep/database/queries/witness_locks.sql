-- The locks of this session, asked without taking one: (kind, relation, class, object, mode).
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
         l.locktype, l.relation::bigint, l.classid::bigint, l.objid::bigint, l.mode)), '[]')
FROM pg_catalog.pg_lock_status() AS l
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.locktype IN ('relation', 'object')
