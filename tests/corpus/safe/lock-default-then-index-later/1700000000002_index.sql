-- Up Migration
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS customers_auth_subject_key ON customers (auth_subject);
-- Down Migration
DROP INDEX CONCURRENTLY IF EXISTS customers_auth_subject_key;
