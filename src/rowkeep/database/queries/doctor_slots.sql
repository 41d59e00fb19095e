-- Replication slots, whether somebody reads them, and the bytes of WAL they hold back.
SELECT slot_name::text, slot_type, active, coalesce(wal_status, ''),
       coalesce(CASE WHEN NOT pg_catalog.pg_is_in_recovery()
                     THEN pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn) END, 0)::bigint,
       coalesce(database::text, '')
  FROM pg_catalog.pg_replication_slots
 ORDER BY 1
