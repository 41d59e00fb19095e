-- sqlx: a row for each version; success is false while it runs, and after a failure outside a transaction.
SELECT entry.version::pg_catalog.text, entry.success FROM {history} AS entry
