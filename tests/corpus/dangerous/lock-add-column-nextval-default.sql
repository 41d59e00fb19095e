CREATE SEQUENCE customer_number_seq START WITH 100000;
ALTER TABLE customers
  ADD COLUMN customer_number bigint DEFAULT nextval('customer_number_seq');
ALTER SEQUENCE customer_number_seq OWNED BY customers.customer_number;
