-- Up Migration
ALTER TABLE customers ADD COLUMN auth_subject varchar(64);
-- Down Migration
ALTER TABLE customers DROP COLUMN auth_subject;
