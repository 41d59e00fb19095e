-- From the first strong lock on: what ends a statement or an abandoned transaction, whatever becomes of the client.
SELECT
    pg_catalog.set_config('statement_timeout', $1, true),
    pg_catalog.set_config('idle_in_transaction_session_timeout', $2, true)
