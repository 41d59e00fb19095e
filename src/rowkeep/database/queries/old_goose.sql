-- goose: the newest row of each version counts; version 0 is its own (internal/dialects/postgres.go).
SELECT newest.version, true
FROM (
    SELECT DISTINCT ON (entry.version_id) entry.version_id::pg_catalog.text AS version, entry.is_applied AS applied
    FROM {history} AS entry
    WHERE entry.version_id > 0
    ORDER BY entry.version_id, entry.id DESC
) AS newest
WHERE newest.applied
