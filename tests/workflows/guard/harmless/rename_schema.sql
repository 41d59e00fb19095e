-- setup
CREATE SCHEMA rename_schema_x; CREATE TABLE rename_schema_x.letters (id int); INSERT INTO rename_schema_x.letters VALUES (1);
-- migration
ALTER SCHEMA rename_schema_x RENAME TO rename_schema_y;
