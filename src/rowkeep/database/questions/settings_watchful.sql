-- The server notices within half a second that the client died, also during a statement. Not on every system.
SELECT pg_catalog.set_config('client_connection_check_interval', '500ms', false)
