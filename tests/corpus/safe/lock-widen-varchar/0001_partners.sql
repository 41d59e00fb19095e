CREATE TABLE partners (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(40) NOT NULL, hint varchar(80));
INSERT INTO partners (name) SELECT 'Partner ' || n FROM generate_series(1, 20) AS n;
