-- migration
CREATE EXTENSION pg_trgm; CREATE INDEX ON users USING gin (name gin_trgm_ops);
