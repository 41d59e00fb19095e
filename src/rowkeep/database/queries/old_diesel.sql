-- Diesel: a row for each version.
SELECT entry.version::pg_catalog.text, true FROM {history} AS entry
