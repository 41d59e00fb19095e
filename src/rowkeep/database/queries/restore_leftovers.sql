-- Databases that a restore was filling, and whether its session still lives: (name, ours to drop, alive).
SELECT d.datname::text, pg_catalog.pg_has_role(d.datdba, 'USAGE'),
       EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
               WHERE a.pid = m.word[1]::bigint
                 -- Where we may not see when a session began, it may be that of the restore.
                 AND coalesce((EXTRACT(epoch FROM a.backend_start) * 1000000)::bigint = m.word[2]::bigint, true))
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL (SELECT pg_catalog.regexp_match(d.datname, '^rowkeep_restoring_(\d{1,9})_(\d{1,18})_')) AS m (word)
WHERE m.word IS NOT NULL
ORDER BY 1
