-- setup
CREATE UNLOGGED TABLE cache AS SELECT 1 AS a;
-- migration
ALTER TABLE cache SET LOGGED;
