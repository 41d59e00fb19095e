-- name: create_role
-- The role that runs a structure file on a scratch server: without the powers of a superuser.
CREATE ROLE rowkeep_structure LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE

-- name: create_named_role
-- Create a role that the file names. It has no rights.
CREATE ROLE {role} NOLOGIN

-- name: roles
-- The names of all roles.
SELECT r.rolname::text FROM pg_catalog.pg_roles r

-- name: own_database
-- Give the database to the role that fills it.
ALTER DATABASE {database} OWNER TO {role}

-- name: create_schema
-- Create the schema of an extension before the extension, empty.
CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}

-- name: create_extension
-- Create an extension in the default schema.
CREATE EXTENSION IF NOT EXISTS {extension} CASCADE

-- name: create_extension_in
-- Create an extension in a schema.
CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA {schema} CASCADE

-- name: wrappers
-- The foreign-data wrappers of the database.
SELECT w.fdwname::text FROM pg_catalog.pg_foreign_data_wrapper w

-- name: grant_wrapper
-- Let the role create servers of a foreign-data wrapper.
GRANT USAGE ON FOREIGN DATA WRAPPER {wrapper} TO {role}

-- name: set_limit
-- Limit the time of the next statement.
SET statement_timeout = '60s'

-- name: set_path
-- The search_path that psql would have.
SET search_path = "$user", public
