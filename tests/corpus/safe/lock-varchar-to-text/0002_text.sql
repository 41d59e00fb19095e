-- Up Migration
ALTER TABLE partners ALTER COLUMN name SET DATA TYPE text;
-- Down Migration
ALTER TABLE partners ALTER COLUMN name SET DATA TYPE varchar(40);
