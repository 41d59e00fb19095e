-- Tables that this session has scanned and not reported yet: how often.
SELECT coalesce(pg_catalog.json_object_agg(c.oid::bigint, pg_catalog.pg_stat_get_xact_numscans(c.oid)), '{}')
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'm', 'p') AND pg_catalog.pg_stat_get_xact_numscans(c.oid) > 0
