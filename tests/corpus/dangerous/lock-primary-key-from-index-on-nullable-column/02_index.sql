CREATE UNIQUE INDEX CONCURRENTLY ledger_lines_entry_id ON ledger_lines (entry_id);
