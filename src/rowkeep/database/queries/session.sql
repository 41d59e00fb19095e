-- name: begin
-- Read the settings that role, database and server have set, and set our own instead.
-- Nothing is set where another process answers than the one that took the login: then a pooler lends the session.
SELECT
    own.name,
    pg_catalog.current_setting(own.name) AS before,
    CASE
        WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) %(pid)s::pg_catalog.int4 THEN NULL
        WHEN own.value OPERATOR(pg_catalog.=) '' THEN ''
        ELSE pg_catalog.set_config(own.name, own.value, false)
    END AS now
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(values)s::pg_catalog.text[])
) AS own (name, value)

-- name: backend_pid
-- The process id of the server session that answers. Behind a pooler it can differ from the one of the login.
SELECT pg_catalog.pg_backend_pid()

-- name: set_settings
-- Set our own settings, for the session or for the open transaction.
SELECT pg_catalog.set_config(own.name, own.value, %(local)s::pg_catalog.bool)
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(values)s::pg_catalog.text[])
) AS own (name, value)

-- name: require_utf8
-- Fail with an error that names the encoding if client_encoding is no longer UTF8.
SELECT CASE
    WHEN pg_catalog.current_setting('client_encoding') OPERATOR(pg_catalog.=) 'UTF8' THEN 0
    ELSE pg_catalog.current_setting('client_encoding')::pg_catalog.int4
END

-- name: defer_again
-- Between two migrations of one transaction: what is initially deferred is deferred again. A name that a constraint of
-- another kind has, too, stays as it is.
DO $$
DECLARE
    name pg_catalog.text;
BEGIN
    FOR name IN
        SELECT pg_catalog.concat_ws('.', pg_catalog.quote_ident(space.nspname), pg_catalog.quote_ident(made.conname))
        FROM pg_catalog.pg_constraint AS made
        JOIN pg_catalog.pg_namespace AS space ON space.oid OPERATOR(pg_catalog.=) made.connamespace
        GROUP BY space.nspname, made.conname
        HAVING pg_catalog.bool_and(made.condeferred)
    LOOP
        EXECUTE pg_catalog.concat('SET CONSTRAINTS ', name, ' DEFERRED');
    END LOOP;
END
$$

-- name: restore_settings
-- After RESET ALL: set our own settings again, and say whether the session still holds temporary objects.
SELECT
    (
        SELECT pg_catalog.count(pg_catalog.set_config(own.name, own.value, false))
        FROM ROWS FROM (
            pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])
        ) AS own (name, value)
    ),
    EXISTS (
        SELECT FROM pg_catalog.pg_depend AS made
        WHERE made.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
            AND made.refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
            AND pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
    )
    OR EXISTS (SELECT FROM pg_catalog.pg_cursor() AS cursor WHERE cursor.is_holdable)
    OR EXISTS (SELECT FROM pg_catalog.pg_listening_channels())
    OR EXISTS (
        SELECT FROM pg_catalog.pg_prepared_statement() AS prepared
        WHERE NOT pg_catalog.starts_with(prepared.name, 'rowkeep_')
    )

-- name: set_policy_before15
-- Set the settings of a run. Only a superuser may set deadlock_timeout.
-- Nothing is set where another process answers than the one that took the login.
SELECT
    own.name,
    CASE
        WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) %(pid)s::pg_catalog.int4 THEN NULL
        WHEN
            own.name OPERATOR(pg_catalog.=) 'deadlock_timeout'
            AND NOT COALESCE(
                (SELECT role.rolsuper FROM pg_catalog.pg_roles AS role WHERE role.rolname = CURRENT_USER), false
            )
            THEN NULL
        ELSE pg_catalog.set_config(own.name, own.value, false)
    END AS now,
    pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) %(pid)s::pg_catalog.int4 AS is_process
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(values)s::pg_catalog.text[])
) AS own (name, value)

-- name: set_policy_from15
-- Set the settings of a run. Not every role may set deadlock_timeout.
-- Nothing is set where another process answers than the one that took the login.
SELECT
    own.name,
    CASE
        WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) %(pid)s::pg_catalog.int4 THEN NULL
        WHEN
            own.name OPERATOR(pg_catalog.=) 'deadlock_timeout'
            AND NOT pg_catalog.has_parameter_privilege('deadlock_timeout', 'SET')
            THEN NULL
        ELSE pg_catalog.set_config(own.name, own.value, false)
    END AS now,
    pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) %(pid)s::pg_catalog.int4 AS is_process
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(values)s::pg_catalog.text[])
) AS own (name, value)

-- name: set_local
-- Set these settings until the end of the transaction.
SELECT pg_catalog.set_config(set.name, set.value, true)
FROM ROWS FROM (
    pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])
) AS set (name, value)

-- name: limit_lock_hold_before17
-- Before the first strong lock: let the server end a long statement or an idle transaction, even if the client hangs.
SELECT
    pg_catalog.set_config('statement_timeout', $1, true),
    pg_catalog.set_config('idle_in_transaction_session_timeout', $2, true)

-- name: limit_lock_hold_from17
-- The same, and a limit for the whole transaction, which counts from now on (postgres.c, 17).
SELECT
    pg_catalog.set_config('statement_timeout', $1, true),
    pg_catalog.set_config('idle_in_transaction_session_timeout', $2, true),
    pg_catalog.set_config('transaction_timeout', $3, true)

-- name: set_lock_timeout
-- How long the next statements wait for a lock.
SELECT pg_catalog.set_config('lock_timeout', $1, true)

-- name: set_timeouts
-- How long a statement outside a transaction may wait for a lock, and run.
SELECT
    pg_catalog.set_config('lock_timeout', %(lock_timeout)s, false),
    pg_catalog.set_config('statement_timeout', %(statement_timeout)s, false)

-- name: begin_transaction
-- The settings that a migration's transaction begins with. Without a path, search_path stays as it is.
SELECT
    pg_catalog.set_config('search_path', COALESCE($1, pg_catalog.current_setting('search_path')), true),
    pg_catalog.set_config('lock_timeout', $2, true),
    pg_catalog.set_config('statement_timeout', $3, true)

-- name: set_search_path
-- The schemas of the migrations as search_path, until the migration ends or sets another one.
SELECT pg_catalog.set_config('search_path', $1, false)

-- name: virtual_transaction
-- The virtual transaction that this session is in. Every transaction has another one.
SELECT virtualtransaction
FROM pg_catalog.pg_locks
WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND locktype OPERATOR(pg_catalog.=) 'virtualxid'

-- name: client_connection_check_interval
-- How often this server checks whether a client has died; 0 where it cannot.
SELECT pg_catalog.current_setting('client_connection_check_interval')

-- name: current_schemas
-- The schemas in which an unqualified name is looked up now, in order.
SELECT pg_catalog.current_schemas(true)::pg_catalog.text[]
