-- logical replication wants a key
ALTER TABLE billing.ledger_entries ADD PRIMARY KEY (entry_id);
