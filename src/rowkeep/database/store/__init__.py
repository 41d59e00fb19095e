"""Our records in the database: history, ledger, environment mark, expected structure."""
