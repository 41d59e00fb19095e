-- The ledger learns what text a row of history stands for: first sight, or an edit that a person accepted.
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, raw_checksum, token_checksum, text, message
)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(history_id)s, %(migration)s, 'up', %(outcome)s, %(raw)s, %(token)s,
    %(text)s, %(message)s
)
