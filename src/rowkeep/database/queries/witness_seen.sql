-- Every locked relation as it stands now, every locked object that is no more, and whether the server still talks.
SELECT pg_catalog.json_build_object(
  'hears', pg_catalog.current_setting('client_min_messages'),
  'relations', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
      l.relation::bigint,
      c.relkind,
      pg_catalog.pg_relation_filenode(l.relation)::bigint,
      pg_catalog.pg_stat_get_xact_numscans(l.relation),
      pg_catalog.pg_stat_get_xact_tuples_inserted(l.relation)
        + pg_catalog.pg_stat_get_xact_tuples_updated(l.relation)
        + pg_catalog.pg_stat_get_xact_tuples_deleted(l.relation),
      (SELECT coalesce(pg_catalog.json_agg(a.attnum), '[]')
       FROM pg_catalog.pg_attribute AS a
       WHERE a.attrelid = l.relation AND a.attnum > 0 AND NOT a.attisdropped)
    )), '[]')
    FROM (
      SELECT DISTINCT s.relation
      FROM pg_catalog.pg_lock_status() AS s
      WHERE s.pid = pg_catalog.pg_backend_pid() AND s.granted AND s.locktype = 'relation' AND s.relation >= 16384
    ) AS l
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
  ),
  'objects', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(o.classid::bigint, o.objid::bigint)), '[]')
    FROM pg_catalog.pg_lock_status() AS o
    WHERE o.pid = pg_catalog.pg_backend_pid() AND o.granted AND o.locktype = 'object'
      AND o.mode = 'AccessExclusiveLock' AND o.objid >= 16384
      AND pg_catalog.pg_describe_object(o.classid, o.objid, 0) IS NULL
  )
)
