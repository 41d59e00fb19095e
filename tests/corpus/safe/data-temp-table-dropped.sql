BEGIN;
CREATE TEMPORARY TABLE stage (id integer, payload text) ON COMMIT DROP;
INSERT INTO stage SELECT 1, 'x';
UPDATE stage SET payload = NULL;
DELETE FROM stage;
TRUNCATE stage;
ALTER TABLE stage DROP COLUMN payload;
DROP TABLE stage;
COMMIT;
