-- Up Migration
ALTER TABLE customers DROP CONSTRAINT customers_email_key;
-- Down Migration
ALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE (email);
