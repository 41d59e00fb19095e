-- A migration is undone: its row of history goes, and the ledger gets an entry, at once.
WITH undone AS (
    DELETE FROM {history} WHERE name OPERATOR(pg_catalog.=) $3::pg_catalog.text RETURNING id
)
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, seconds, raw_checksum, token_checksum, text
)
SELECT
    $1::pg_catalog.uuid, $2, (SELECT pg_catalog.max(undone.id) FROM undone), $3, 'down', 'undone',
    COALESCE(
        $7::pg_catalog.float8,
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now())
    ),
    $4, $5, $6
