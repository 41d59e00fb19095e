-- The schema of our ledger.
CREATE SCHEMA rowkeep
