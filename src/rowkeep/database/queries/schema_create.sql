-- A schema of the search path.
CREATE SCHEMA IF NOT EXISTS {schema}
