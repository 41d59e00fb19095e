-- setup
CREATE TABLE computed (a int, b int GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO computed VALUES (1);
-- migration
ALTER TABLE computed DROP COLUMN b;
