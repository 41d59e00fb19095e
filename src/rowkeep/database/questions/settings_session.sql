-- How a session of ours behaves. The time zone is left as the server has it: run_on depends on it.
-- A server whose client is gone without a word ends the session, and its locks, after about a minute (TCP only).
-- The name tells the process, so that others can see whether it still lives (docs/decisions/0580).
SELECT
    pg_catalog.set_config('idle_in_transaction_session_timeout', '60s', false),
    pg_catalog.set_config('tcp_keepalives_idle', '30', false),
    pg_catalog.set_config('tcp_keepalives_interval', '10', false),
    pg_catalog.set_config('tcp_keepalives_count', '3', false),
    pg_catalog.set_config('search_path', %(search_path)s, false),
    pg_catalog.set_config('client_min_messages', 'notice', false),
    pg_catalog.set_config(
        'application_name',
        pg_catalog.left(pg_catalog.current_setting('application_name'), 63 - pg_catalog.length(%(client)s))
        || %(client)s,
        false
    )
