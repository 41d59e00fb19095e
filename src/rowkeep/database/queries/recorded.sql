-- How many migrations of this run the ledger holds, by name and direction.
SELECT entry.migration, entry.direction
FROM rowkeep.entry AS entry
WHERE entry.run = %(run)s::pg_catalog.uuid AND entry.outcome IN ('applied', 'undone')
