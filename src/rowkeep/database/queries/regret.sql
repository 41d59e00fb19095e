-- A migration failed; its transaction is rolled back.
INSERT INTO rowkeep.entry (
    run, history, migration, direction, outcome, raw_checksum, token_checksum, text, sqlstate, message
)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(migration)s, %(direction)s, 'failed', %(raw)s, %(token)s, %(text)s,
    %(sqlstate)s, %(message)s
)
