-- name: activity
-- Transactions of others in this database that have been open for longer than `age` seconds, oldest first.
SELECT a.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, ''), coalesce(a.state, ''),
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8,
       coalesce(pg_catalog.regexp_replace(pg_catalog.left(a.query, 80), '\s+', ' ', 'g'), '')
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
   AND a.xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(age)s)
 ORDER BY a.xact_start
 LIMIT 20

-- name: database_collation_from15
-- The version of the database's collation in the operating system now ('' = it has none), and as recorded.
SELECT coalesce(pg_catalog.pg_database_collation_actual_version(oid), ''), coalesce(datcollversion, '')
  FROM pg_catalog.pg_database
 WHERE datname = pg_catalog.current_database()

-- name: collations
-- The database's own collation, and those that are in use or user-defined: provider, and version then and now.
SELECT true AS is_database, database.datname::text AS name,
       COALESCE(pg_catalog.to_jsonb(database) ->> 'datlocprovider', 'c') = 'i' AS icu, '' AS recorded, '' AS now,
       0 AS indexes
  FROM pg_catalog.pg_database AS database
 WHERE database.datname = pg_catalog.current_database()
UNION ALL
SELECT false, pg_catalog.concat(pg_catalog.quote_ident(namespace.nspname), '.', pg_catalog.quote_ident(coll.collname)),
       coll.collprovider = 'i', COALESCE(coll.collversion, ''),
       COALESCE(pg_catalog.pg_collation_actual_version(coll.oid), ''),
       (SELECT pg_catalog.count(DISTINCT class.oid)
          FROM pg_catalog.pg_depend AS depend
          JOIN pg_catalog.pg_class AS class ON class.oid = depend.objid AND class.relkind IN ('i', 'I')
         WHERE depend.classid = 'pg_catalog.pg_class'::regclass
           AND depend.refclassid = 'pg_catalog.pg_collation'::regclass AND depend.refobjid = coll.oid)::int
  FROM pg_catalog.pg_collation AS coll
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = coll.collnamespace
 WHERE coll.oid >= 16384
    OR EXISTS (SELECT FROM pg_catalog.pg_depend AS depend
                WHERE depend.refclassid = 'pg_catalog.pg_collation'::regclass AND depend.refobjid = coll.oid)
 ORDER BY 1 DESC, 2

-- name: event_triggers
-- Event triggers: code that runs at every change of the structure, restores included.
SELECT evtname::text, evtevent::text, evtenabled = 'D' FROM pg_catalog.pg_event_trigger ORDER BY 1

-- name: extensions
-- The extensions of this database.
SELECT e.extname::text, e.extversion, coalesce(a.default_version, '')
  FROM pg_catalog.pg_extension AS e
  LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
 ORDER BY 1

-- name: overrides
-- Settings that were set for a role, for this database, or for both.
SELECT coalesce(r.rolname::text, ''), coalesce(d.datname::text, ''), c
  FROM pg_catalog.pg_db_role_setting AS s
 CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
 WHERE s.setdatabase = 0 OR d.datname = pg_catalog.current_database()
 ORDER BY 1, 2, 3

-- name: parameter_from15
-- Whether the current role may set a parameter that normally only superusers set.
SELECT pg_catalog.has_parameter_privilege(%(name)s, 'SET')

-- name: prepared
-- Prepared transactions of this database: they hold locks without a session.
SELECT gid, owner::text, extract(epoch FROM pg_catalog.clock_timestamp() - prepared)::float8
  FROM pg_catalog.pg_prepared_xacts
 WHERE database = pg_catalog.current_database()
 ORDER BY prepared

-- name: publications
-- Logical replication out of and into this database; for a publication, whether it publishes every table.
SELECT 'publication', pubname::text, puballtables FROM pg_catalog.pg_publication
UNION
SELECT 'subscription', subname::text, false FROM pg_catalog.pg_stat_subscription
 ORDER BY 1, 2

-- name: pulse
-- The process id of the server session that answers, and the server's clock (seconds since 1970).
SELECT pg_catalog.pg_backend_pid(), extract(epoch FROM pg_catalog.clock_timestamp())::float8

-- name: rights
-- What the current role may do: create objects, keep the ledger, read everything for a backup, see blockers.
WITH relation AS (
    SELECT c.oid, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
           pg_catalog.format('%%I.%%I', n.nspname, c.relname) AS identity
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
)
SELECT to_regnamespace(pg_catalog.quote_ident(%(schema)s)) IS NOT NULL AS schema_exists,
       coalesce(pg_catalog.has_schema_privilege(to_regnamespace(pg_catalog.quote_ident(%(schema)s)), 'CREATE'), false)
           AS builds,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS makes_schemas,
       to_regnamespace('rowkeep') IS NOT NULL AS ledger_exists,
       coalesce(pg_catalog.has_schema_privilege(to_regnamespace('rowkeep'), 'USAGE'), false) AS uses_ledger,
       ARRAY(SELECT identity FROM relation
              WHERE relkind <> 'S' AND NOT pg_catalog.pg_has_role(relowner, 'USAGE') ORDER BY 1) AS not_owned,
       ARRAY(SELECT identity FROM relation
              WHERE relkind <> 'f'
                AND NOT CASE relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(oid, 'SELECT')
                             ELSE pg_catalog.has_table_privilege(oid, 'SELECT') END ORDER BY 1) AS unreadable,
       ARRAY(SELECT identity FROM relation AS t
              WHERE t.relrowsecurity AND (t.relforcerowsecurity OR NOT pg_catalog.pg_has_role(t.relowner, 'USAGE'))
                AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                                 WHERE r.rolname = current_user AND (r.rolbypassrls OR r.rolsuper))
              ORDER BY 1) AS row_secured,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata AS l
         WHERE NOT pg_catalog.pg_has_role(l.lomowner, 'USAGE')
           AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(l.lomacl) AS x
                            WHERE x.privilege_type = 'SELECT'
                              AND (x.grantee = 0 OR pg_catalog.pg_has_role(x.grantee, 'USAGE'))))::int AS large_objects,
       pg_catalog.pg_has_role('pg_read_all_data', 'USAGE') AS reads_all,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_others,
       pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS signals

-- name: server
-- The server, the database and this session, as far as a run depends on them.
SELECT pg_catalog.current_setting('server_version_num')::int AS version_num,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_database()::text AS database,
       current_user::text AS role,
       pg_catalog.current_setting('is_superuser') = 'on' AS superuser,
       pg_catalog.pg_is_in_recovery() AS recovering,
       pg_catalog.current_setting('transaction_read_only') = 'on' AS read_only,
       pg_catalog.pg_database_size(d.oid) AS bytes,
       pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS collation,
       d.datctype::text AS character_type,
       coalesce(CASE pg_catalog.to_jsonb(d) ->> 'datlocprovider'
                    WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' END, 'libc') AS provider,
       coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale', '') AS locale,
       coalesce(pg_catalog.to_jsonb(d) ->> 'datcollversion', '') AS collation_version,
       pg_catalog.current_setting('TimeZone') AS time_zone,
       (TIMESTAMPTZ '2026-01-15 12:00:00Z' AT TIME ZONE pg_catalog.current_setting('TimeZone'))
           - (TIMESTAMPTZ '2026-01-15 12:00:00Z' AT TIME ZONE 'UTC')
         <> (TIMESTAMPTZ '2026-07-15 12:00:00Z' AT TIME ZONE pg_catalog.current_setting('TimeZone'))
           - (TIMESTAMPTZ '2026-07-15 12:00:00Z' AT TIME ZONE 'UTC') AS summer_time,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class AS c
         WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f') AND c.relnamespace <> 11)::int AS relations
  FROM pg_catalog.pg_database AS d
 WHERE d.datname = pg_catalog.current_database()

-- name: settings
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

-- name: slots
-- Replication slots, whether they are in use, and the bytes of WAL they hold back.
SELECT slot_name::text, slot_type, active, coalesce(wal_status, ''),
       coalesce(CASE WHEN NOT pg_catalog.pg_is_in_recovery()
                     THEN pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn) END, 0)::bigint,
       coalesce(database::text, '')
  FROM pg_catalog.pg_replication_slots
 ORDER BY 1

-- name: standbys
-- Which standbys follow this server, and how far they lag.
SELECT coalesce(application_name, ''), coalesce(client_addr::text, ''), coalesce(state, ''),
       coalesce(extract(epoch FROM replay_lag), 0)::float8
  FROM pg_catalog.pg_stat_replication
 ORDER BY 1, 2

-- name: tables
-- Tables and indexes that will cause trouble: no autovacuum, invalid indexes, unlogged tables.
SELECT 'autovacuum off', c.oid::regclass::text
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind IN ('r', 'm') AND c.reloptions && ARRAY['autovacuum_enabled=false', 'autovacuum_enabled=off']
UNION ALL
SELECT 'invalid index', i.indexrelid::regclass::text
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
 WHERE NOT i.indisvalid
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid)
UNION ALL
SELECT 'unlogged', c.oid::regclass::text
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind = 'r' AND c.relpersistence = 'u'
 ORDER BY 1, 2
