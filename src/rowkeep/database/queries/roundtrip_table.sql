-- Migrations whose down part was rehearsed, by the checksums of their texts: an edit of either takes the proof away.
CREATE TABLE IF NOT EXISTS rowkeep.roundtrip (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    role text NOT NULL DEFAULT SESSION_USER,
    history text NOT NULL,
    migration text NOT NULL,
    up_checksum text NOT NULL,
    down_checksum text NOT NULL,
    details jsonb NOT NULL
)
