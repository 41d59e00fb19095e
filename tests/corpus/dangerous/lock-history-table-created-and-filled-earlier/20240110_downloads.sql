CREATE TABLE downloads (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, path text NOT NULL, at timestamptz);
INSERT INTO downloads (path, at) SELECT '/f/' || n, now() FROM generate_series(1, 50) AS n;
