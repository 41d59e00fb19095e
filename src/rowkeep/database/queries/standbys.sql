-- Who streams from this server and may let others read: a strong lock is replayed there, past every lock_timeout.
SELECT coalesce(nullif(sender.application_name, ''), 'a standby')
FROM pg_catalog.pg_stat_replication AS sender
WHERE sender.application_name IS DISTINCT FROM 'pg_basebackup'
ORDER BY 1
