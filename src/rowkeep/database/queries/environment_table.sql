-- What this database is for; the newest row counts, if it was written for this very database.
CREATE TABLE IF NOT EXISTS rowkeep.environment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    role text NOT NULL DEFAULT SESSION_USER,
    kind text NOT NULL CHECK (kind IN ('production', 'staging', 'development')),
    database text NOT NULL,
    oid bigint NOT NULL,
    system text NOT NULL,
    because text
)
