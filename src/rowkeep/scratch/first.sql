-- The first and only statement of a new embedded cluster, in single-user mode: the database that `embedded:` opens.
CREATE DATABASE app;

