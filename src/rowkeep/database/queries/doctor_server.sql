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
