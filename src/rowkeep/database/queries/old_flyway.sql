-- Flyway: a row for each script that ran; a baseline and a schema row are none.
SELECT DISTINCT pg_catalog.regexp_replace(entry.script, '^.*/|[.]sql$', '', 'g'), entry.success
FROM {history} AS entry
WHERE entry.type = 'SQL'
