-- migration
CREATE TEMP TABLE t AS SELECT * FROM users; DELETE FROM t; UPDATE t SET name = 'x'; DROP TABLE t;
