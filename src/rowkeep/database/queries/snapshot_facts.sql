-- What a backup has to know of its server and database, in one row.
SELECT pg_catalog.current_database()::text AS database,
       current_user::text AS role,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.pg_is_in_recovery() AS standby,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_lsn() END::text AS lsn,
       pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS now,
       -- Locks are kept for every session and prepared transaction that may exist (manual, 20.12).
       pg_catalog.current_setting('max_locks_per_transaction')::bigint
       * (pg_catalog.current_setting('max_connections')::bigint
          + pg_catalog.current_setting('max_prepared_transactions')::bigint) AS lock_slots
