-- migration
CREATE INDEX ON users (email);
