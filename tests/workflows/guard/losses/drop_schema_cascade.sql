-- loses: app.ledger
-- setup
CREATE SCHEMA app; CREATE TABLE app.ledger AS SELECT 1 AS a;
-- migration
DROP SCHEMA app CASCADE;
