-- How a session of ours behaves. The time zone is left as the server has it: run_on depends on it.
SELECT
    pg_catalog.set_config('idle_in_transaction_session_timeout', '60s', false),
    pg_catalog.set_config('search_path', %(search_path)s, false),
    pg_catalog.set_config('client_min_messages', 'notice', false)
