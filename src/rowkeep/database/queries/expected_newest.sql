-- The newest known good structure.
SELECT s.items, s.source, pg_catalog.to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM rowkeep.structure s ORDER BY s.id DESC LIMIT 1
