-- Up Migration
ALTER TABLE customers DROP COLUMN notes;
-- Down Migration
ALTER TABLE customers ADD COLUMN notes text;
