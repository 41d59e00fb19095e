"""What was applied: the history table, the ledger, and edits of both."""
