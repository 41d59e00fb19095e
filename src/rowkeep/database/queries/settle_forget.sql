-- A person says how a half-done migration stands: its marks are no longer needed.
DELETE FROM rowkeep.checkpoint WHERE history = %(history)s AND migration = %(migration)s
