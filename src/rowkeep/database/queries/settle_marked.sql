-- The ledger learns that a person wrote a row of history, or took one away, and why.
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, raw_checksum, token_checksum, text, message
)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(history_id)s, %(migration)s, %(direction)s, %(outcome)s, %(raw)s,
    %(token)s, %(text)s, %(message)s
)
