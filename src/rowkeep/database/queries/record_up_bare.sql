-- A migration is applied, where our ledger cannot be kept: only its row of history.
INSERT INTO {history} (name, run_on) VALUES ($1, GREATEST(pg_catalog.now()::timestamp, $2::timestamp))
