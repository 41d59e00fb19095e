-- How far a statement of a migration that no transaction holds has come.
INSERT INTO rowkeep.checkpoint (run, history, migration, direction, index, checksum, mark, message)
VALUES ($1::pg_catalog.uuid, $2, $3, $4, $5::pg_catalog.int4, $6, $7, $8)
ON CONFLICT (history, migration, direction, index) DO UPDATE
SET
    run = excluded.run, checksum = excluded.checksum, mark = excluded.mark, message = excluded.message,
    at = excluded.at
