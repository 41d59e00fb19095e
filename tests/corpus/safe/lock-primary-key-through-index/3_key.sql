ALTER TABLE ledger_lines ADD CONSTRAINT ledger_lines_pkey PRIMARY KEY USING INDEX ledger_lines_pkey;
