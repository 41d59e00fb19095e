-- A migration is applied: its row of history and its entry of the ledger, at once.
WITH applied AS (
    INSERT INTO {history} (name, run_on)
    VALUES ($3, GREATEST(pg_catalog.now()::timestamp, $7::timestamp))
    RETURNING id
)
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, seconds, raw_checksum, token_checksum, text
)
SELECT
    $1::pg_catalog.uuid, $2, applied.id, $3, 'up', 'applied',
    COALESCE(
        $8::pg_catalog.float8,
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now())
    ),
    $4, $5, $6
FROM applied
