CREATE TABLE ledger_lines (entry_id bigint, account text NOT NULL, amount numeric(14,2));
INSERT INTO ledger_lines SELECT n, 'sales', n FROM generate_series(1, 50) AS n;
