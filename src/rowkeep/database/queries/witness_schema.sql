-- A schema of the migrations' search path.
CREATE SCHEMA IF NOT EXISTS {schema}
