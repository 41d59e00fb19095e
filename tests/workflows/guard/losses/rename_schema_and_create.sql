-- loses: rename_schema_and_create_x.letters
-- setup
CREATE SCHEMA rename_schema_and_create_x; CREATE TABLE rename_schema_and_create_x.letters (id int); INSERT INTO rename_schema_and_create_x.letters VALUES (1);
-- migration
ALTER SCHEMA rename_schema_and_create_x RENAME TO rename_schema_and_create_y; CREATE SCHEMA rename_schema_and_create_x; CREATE TABLE rename_schema_and_create_x.letters (id int);
