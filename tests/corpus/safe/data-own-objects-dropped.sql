CREATE TYPE step AS (n integer, label text);
CREATE SEQUENCE steps_seq;
CREATE FUNCTION next_step() RETURNS step LANGUAGE sql AS $$ SELECT ROW (nextval('steps_seq')::integer, 'x')::step $$;
CREATE VIEW one_step AS SELECT (next_step()).label;
CREATE TABLE step_log AS SELECT label FROM one_step;
DROP VIEW one_step;
DROP FUNCTION next_step();
DROP SEQUENCE steps_seq;
DROP TYPE step;
