CREATE TABLE labels (id integer PRIMARY KEY, body text);
INSERT INTO labels SELECT n, 'x' FROM generate_series(1, 20) AS n;
