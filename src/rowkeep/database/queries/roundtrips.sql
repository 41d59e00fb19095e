-- name: insert
-- Record a roundtrip of a migration.
INSERT INTO rowkeep.roundtrip (history, migration, up_checksum, down_checksum, details)
VALUES (%(history)s, %(migration)s, %(up)s, %(down)s, %(details)s::pg_catalog.jsonb)

-- name: passed
-- The roundtrips that passed when last tried, in this very database and on this major.
SELECT newest.migration, newest.up_checksum, newest.down_checksum
FROM (
    SELECT DISTINCT ON (roundtrip.migration, roundtrip.up_checksum, roundtrip.down_checksum) roundtrip.*
    FROM rowkeep.roundtrip AS roundtrip
    WHERE roundtrip.history = %(history)s
    ORDER BY roundtrip.migration, roundtrip.up_checksum, roundtrip.down_checksum, roundtrip.id DESC
) AS newest
WHERE newest.details OPERATOR(pg_catalog.@>) %(details)s::pg_catalog.jsonb

-- name: create_table
-- Migrations whose down part was rehearsed, by the checksums of their texts: an edit of either voids it.
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

-- name: exists
-- Whether the schema and its table of roundtrips exist: (schema, table).
SELECT
    EXISTS (SELECT 1 FROM pg_catalog.pg_namespace AS namespace WHERE namespace.nspname = 'rowkeep'),
    EXISTS (
        SELECT 1
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE namespace.nspname = 'rowkeep' AND class.relname = 'roundtrip'
    )
