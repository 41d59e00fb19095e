-- Whether somebody has made the ledger's schema already.
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace AS namespace WHERE namespace.nspname = 'rowkeep')
