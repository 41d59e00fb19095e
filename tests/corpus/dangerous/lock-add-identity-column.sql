SET LOCAL lock_timeout = '3s';
ALTER TABLE billing.ledger_entries ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;
