-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_expires_at_idx ON sessions (expires_at);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS sessions_expires_at_idx;
