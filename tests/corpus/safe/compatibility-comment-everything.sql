COMMENT ON TABLE customers IS 'People who bought something';
COMMENT ON COLUMN customers.email IS 'Unique; TRUNCATE nothing here';
COMMENT ON FUNCTION order_total(integer) IS 'Sum in cents';
COMMENT ON SCHEMA billing IS NULL;
