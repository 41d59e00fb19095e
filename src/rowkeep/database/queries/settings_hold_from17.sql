-- As settings_hold_before17, and what ends the transaction as a whole; its clock begins now (postgres.c, 17).
SELECT
    pg_catalog.set_config('statement_timeout', $1, true),
    pg_catalog.set_config('idle_in_transaction_session_timeout', $2, true),
    pg_catalog.set_config('transaction_timeout', $3, true)
