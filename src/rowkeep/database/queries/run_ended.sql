-- A run is over. details: what is known only now.
UPDATE rowkeep.run
SET
    ended_at = pg_catalog.clock_timestamp(), outcome = %(outcome)s,
    details = details OPERATOR(pg_catalog.||) %(details)s::pg_catalog.jsonb
WHERE id = %(run)s::pg_catalog.uuid
