-- How far a backend is with what PostgreSQL counts: index builds, VACUUM, CLUSTER, ANALYZE, COPY.
SELECT 'index build: ' || at.phase, at.blocks_done, at.blocks_total, 'blocks'
FROM pg_catalog.pg_stat_progress_create_index AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
UNION ALL
SELECT 'vacuum: ' || at.phase, at.heap_blks_scanned, at.heap_blks_total, 'blocks'
FROM pg_catalog.pg_stat_progress_vacuum AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
UNION ALL
SELECT 'rewrite: ' || at.phase, at.heap_blks_scanned, at.heap_blks_total, 'blocks'
FROM pg_catalog.pg_stat_progress_cluster AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
UNION ALL
SELECT 'analyze: ' || at.phase, at.sample_blks_scanned, at.sample_blks_total, 'blocks'
FROM pg_catalog.pg_stat_progress_analyze AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
UNION ALL
SELECT 'copy', at.tuples_processed, 0, 'rows'
FROM pg_catalog.pg_stat_progress_copy AS at
WHERE at.pid = %(pid)s::pg_catalog.int4
