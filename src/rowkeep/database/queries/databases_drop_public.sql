-- A new database has a schema that its original may not have.
DROP SCHEMA IF EXISTS public
