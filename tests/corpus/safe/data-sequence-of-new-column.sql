CREATE SEQUENCE customer_number_seq AS bigint START WITH 100000 CACHE 20;
ALTER TABLE customers ADD COLUMN customer_number bigint;
ALTER SEQUENCE customer_number_seq OWNED BY customers.customer_number;
ALTER TABLE customers ALTER COLUMN customer_number SET DEFAULT nextval('customer_number_seq');
GRANT USAGE ON SEQUENCE customer_number_seq TO shop_app;
