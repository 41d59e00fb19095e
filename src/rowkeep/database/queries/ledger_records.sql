-- What text each row of history stands for: the newest entry that says so.
SELECT DISTINCT ON (entry.history_id)
    entry.history_id, entry.id, entry.raw_checksum, entry.token_checksum, entry.outcome
FROM rowkeep.entry AS entry
WHERE entry.history = %(history)s AND entry.outcome IN ('applied', 'adopted', 'accepted', 'marked')
ORDER BY entry.history_id, entry.id DESC
