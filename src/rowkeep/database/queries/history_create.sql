-- The history table, exactly as node-pg-migrate makes it (src/runner.ts, ensureMigrationsTable).
CREATE TABLE {history} (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)
