-- was numeric(14,2)
ALTER TABLE billing.ledger_entries ALTER COLUMN amount TYPE numeric(16, 4);
