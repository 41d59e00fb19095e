-- Up Migration
CREATE TABLE hints (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
INSERT INTO hints (body) VALUES ('Hold shift');
ALTER TABLE hints ALTER COLUMN body SET NOT NULL;
ALTER TABLE hints ADD COLUMN rank integer NOT NULL DEFAULT 0 CHECK (rank >= 0);
CREATE UNIQUE INDEX hints_body_key ON hints (body);
-- Down Migration
DROP TABLE hints;
