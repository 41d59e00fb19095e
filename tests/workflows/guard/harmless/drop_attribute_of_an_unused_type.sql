-- setup
CREATE TYPE answer AS (code int, text text);
-- migration
ALTER TYPE answer DROP ATTRIBUTE text;
