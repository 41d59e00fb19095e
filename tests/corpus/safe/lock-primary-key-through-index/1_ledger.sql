CREATE TABLE ledger_lines (entry_id bigint NOT NULL, account text NOT NULL);
INSERT INTO ledger_lines SELECT n, 'sales' FROM generate_series(1, 20) AS n;
