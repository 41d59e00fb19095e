-- golang-migrate: one row, the version that everything up to is applied; dirty: it failed half-way.
SELECT entry.version::pg_catalog.text, NOT entry.dirty FROM {history} AS entry
