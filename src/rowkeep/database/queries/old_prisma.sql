-- Prisma: finished and not rolled back is applied; begun only is neither (flavour/postgres.rs).
SELECT DISTINCT entry.migration_name::pg_catalog.text, entry.finished_at IS NOT NULL
FROM {history} AS entry
WHERE entry.rolled_back_at IS NULL
