-- The settings that decide whether a run, a backup or a recovery works.
SELECT name,
       pg_catalog.current_setting(name),
       source
  FROM pg_catalog.pg_settings
 WHERE name IN ('archive_mode', 'autovacuum', 'data_checksums', 'default_transaction_isolation', 'fsync',
                'full_page_writes', 'idle_in_transaction_session_timeout', 'lock_timeout', 'max_connections',
                'max_locks_per_transaction', 'max_prepared_transactions', 'max_wal_senders', 'row_security',
                'session_replication_role', 'statement_timeout', 'summarize_wal', 'synchronous_commit',
                'track_activities', 'track_counts', 'transaction_timeout', 'wal_level', 'zero_damaged_pages')
