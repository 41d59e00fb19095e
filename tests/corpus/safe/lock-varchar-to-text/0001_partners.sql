-- Up Migration
CREATE TABLE partners (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name character varying(40) NOT NULL);
CREATE INDEX partners_name_idx ON partners (name);
INSERT INTO partners (name) SELECT 'Partner ' || n FROM generate_series(1, 20) AS n;
-- Down Migration
DROP TABLE partners;
