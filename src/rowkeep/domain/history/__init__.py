"""What was applied: the history table, the ledger, edits of both."""
