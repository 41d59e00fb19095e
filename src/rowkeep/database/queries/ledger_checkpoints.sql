-- The statements of unfinished migrations that were begun outside a transaction.
SELECT
    checkpoint.migration, checkpoint.direction, checkpoint.index, checkpoint.checksum, checkpoint.mark,
    checkpoint.message
FROM rowkeep.checkpoint AS checkpoint
WHERE checkpoint.history = %(history)s
ORDER BY checkpoint.migration, checkpoint.direction, checkpoint.index
