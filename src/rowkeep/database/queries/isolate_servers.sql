-- Foreign servers lead nowhere: whatever option says where one is, and a host for those that would take the default.
UPDATE pg_catalog.pg_foreign_server s
SET srvoptions = ARRAY(
    SELECT CASE WHEN x.option_name IN ('host', 'hostaddr', 'service', 'server', 'servername', 'dbserver', 'address',
                                       'uri', 'url', 'endpoint', 'connection', 'connstr', 'jdbc_url')
                THEN x.option_name || '=' || CASE WHEN x.option_name = 'hostaddr' THEN '255.255.255.255'
                                                  ELSE '/rowkeep/copy/leads/nowhere' END
                ELSE x.option_name || '=' || x.option_value END
    FROM pg_catalog.pg_options_to_table(s.srvoptions) x
    UNION ALL
    SELECT 'host=/rowkeep/copy/leads/nowhere'
    WHERE (SELECT w.fdwname FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw)
          IN ('postgres_fdw', 'dblink_fdw')
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_options_to_table(s.srvoptions) x
                      WHERE x.option_name IN ('host', 'hostaddr', 'service')))
