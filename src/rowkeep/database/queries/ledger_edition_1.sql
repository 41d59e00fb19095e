-- Edition 1 of the ledger: runs, what they did to migrations, and how far unfinished ones came.
COMMENT ON SCHEMA rowkeep IS 'The ledger of Rowkeep: what was applied, by whom, when. Do not write here by hand.';
CREATE TABLE IF NOT EXISTS rowkeep.edition (
    number integer PRIMARY KEY,
    made_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
CREATE TABLE IF NOT EXISTS rowkeep.run (
    id uuid PRIMARY KEY,
    history text NOT NULL,
    command text NOT NULL,
    began_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    ended_at timestamptz,
    outcome text,
    role text NOT NULL DEFAULT SESSION_USER,
    os_user text,
    host text,
    commit text,
    dirty boolean,
    tool_version text NOT NULL,
    backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
    details jsonb NOT NULL
);
CREATE TABLE IF NOT EXISTS rowkeep.entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run uuid NOT NULL REFERENCES rowkeep.run (id),
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    history text NOT NULL,
    history_id bigint,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    outcome text NOT NULL CHECK (
        outcome IN ('applied', 'undone', 'failed', 'adopted', 'accepted', 'marked', 'unmarked')
    ),
    seconds double precision,
    raw_checksum text NOT NULL,
    token_checksum text NOT NULL,
    text text NOT NULL,
    sqlstate text,
    message text
);
CREATE TABLE IF NOT EXISTS rowkeep.checkpoint (
    history text NOT NULL,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    index integer NOT NULL,
    checksum text NOT NULL,
    mark text NOT NULL CHECK (mark IN ('begun', 'done', 'failed')),
    message text,
    run uuid NOT NULL REFERENCES rowkeep.run (id),
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (history, migration, direction, index)
);
INSERT INTO rowkeep.edition (number) VALUES (1) ON CONFLICT DO NOTHING
