CREATE UNLOGGED TABLE wal_less (id integer PRIMARY KEY, payload text);
INSERT INTO wal_less SELECT n, 'x' FROM generate_series(1, 20) AS n;
