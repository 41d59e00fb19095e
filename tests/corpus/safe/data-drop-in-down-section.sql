-- Up Migration
CREATE TABLE newsletters (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject text NOT NULL);
ALTER TABLE customers ADD COLUMN newsletter boolean NOT NULL DEFAULT false;

-- Down Migration
ALTER TABLE customers DROP COLUMN newsletter;
DROP TABLE newsletters;
