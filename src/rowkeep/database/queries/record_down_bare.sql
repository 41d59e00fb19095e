-- A migration is undone, where our ledger cannot be kept: its row of history goes.
DELETE FROM {history} WHERE name OPERATOR(pg_catalog.=) $1::pg_catalog.text
