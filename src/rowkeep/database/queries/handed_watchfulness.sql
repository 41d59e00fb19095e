-- How soon this server notices that a client has died; 0 where it cannot.
SELECT pg_catalog.current_setting('client_connection_check_interval')
