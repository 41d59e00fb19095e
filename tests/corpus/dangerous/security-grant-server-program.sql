-- for the nightly export
GRANT pg_execute_server_program TO shop_app;
