-- The applied texts of some entries.
SELECT entry.id, entry.text FROM rowkeep.entry AS entry WHERE entry.id = ANY(%(entries)s)
