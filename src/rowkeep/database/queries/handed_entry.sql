-- The ledger learns that node-pg-migrate has run a migration for us; its row of history is there (or gone) already.
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, seconds, raw_checksum, token_checksum, text, message
)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(history_id)s, %(migration)s, %(direction)s, %(outcome)s, %(seconds)s,
    %(raw)s, %(token)s, %(text)s, %(message)s
)
