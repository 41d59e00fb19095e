CREATE UNIQUE INDEX CONCURRENTLY ledger_lines_pkey ON ledger_lines (entry_id);
