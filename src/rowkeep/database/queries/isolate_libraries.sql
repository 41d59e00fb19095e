-- Functions in C that open connections are no longer found in their library.
UPDATE pg_catalog.pg_proc p SET probin = '$libdir/rowkeep-cut-off'
FROM pg_catalog.pg_language l
WHERE l.oid = p.prolang AND l.lanname = 'c'
  AND ((p.probin ~ '(^|/)dblink$' AND p.prosrc IN ('dblink_connect', 'dblink_record', 'dblink_exec', 'dblink_send_query'))
       OR p.probin ~ '(^|/)(plproxy|http|pg_net|pg_curl|pg_amqp|pg_background)$')
