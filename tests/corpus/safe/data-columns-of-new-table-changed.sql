BEGIN;
CREATE TABLE tmp_stores (id integer PRIMARY KEY, name text, junk text);
INSERT INTO tmp_stores VALUES (1, 'Berlin', 'x');
ALTER TABLE tmp_stores DROP COLUMN junk;
ALTER TABLE tmp_stores RENAME TO stores;
ALTER TABLE stores RENAME COLUMN name TO title;
DELETE FROM stores WHERE id = 1;
COMMIT;
