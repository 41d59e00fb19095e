-- Up Migration
SET LOCAL lock_timeout TO '1h';
SET LOCAL statement_timeout TO '2h';
ALTER TABLE customers ADD COLUMN nickname text;
-- Down Migration
ALTER TABLE customers DROP COLUMN nickname;
