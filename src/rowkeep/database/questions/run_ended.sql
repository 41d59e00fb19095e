-- A run is over.
UPDATE rowkeep.run SET ended_at = pg_catalog.clock_timestamp(), outcome = %(outcome)s
WHERE id = %(run)s::pg_catalog.uuid
