-- The place of known good structures, beside the ledger.
CREATE SCHEMA IF NOT EXISTS rowkeep
