-- Up Migration
GRANT pg_read_all_data, pg_write_all_data TO shop_readonly;
-- Down Migration
REVOKE pg_read_all_data, pg_write_all_data FROM shop_readonly;
