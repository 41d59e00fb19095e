-- name: server
-- The server and database, and what the current role may do with the ledger.
SELECT
    pg_catalog.current_database() AS database,
    CURRENT_USER AS role,
    role.rolsuper AS superuser,
    pg_catalog.pg_is_in_recovery() AS recovering,
    pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool AS read_only,
    pg_catalog.now()::timestamp AS now,
    pg_catalog.current_setting('TimeZone') AS time_zone,
    pg_catalog.to_regclass(
        pg_catalog.format('%%I.%%I', %(schema)s::pg_catalog.text, %(table)s::pg_catalog.text)
    ) IS NOT NULL AS history_exists,
    ledger.oid IS NOT NULL AS ledger_exists,
    pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create_schema,
    COALESCE(pg_catalog.has_schema_privilege(ledger.oid, 'CREATE'), false) AS may_fill_schema,
    COALESCE(pg_catalog.has_schema_privilege(ledger.oid, 'USAGE'), false) AS may_use_schema
FROM pg_catalog.pg_roles AS role
LEFT JOIN pg_catalog.pg_namespace AS ledger ON ledger.nspname = 'rowkeep'
WHERE role.rolname = CURRENT_USER

-- name: create
-- The history table, exactly as node-pg-migrate makes it (src/runner.ts, ensureMigrationsTable).
CREATE TABLE {history} (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)

-- name: insert
-- Add a row of history for a migration that was not run here. run_on: its place in the order, or now.
INSERT INTO {history} (name, run_on)
VALUES (
    %(name)s,
    COALESCE(%(run_on)s::timestamp, GREATEST(pg_catalog.now()::timestamp, %(floor)s::timestamp))
)
RETURNING id

-- name: delete
-- Delete a row of history, without undoing anything.
DELETE FROM {history} WHERE id OPERATOR(pg_catalog.=) %(row)s::pg_catalog.int8 RETURNING id

-- name: rows
-- The rows of the history table, in the order of node-pg-migrate.
SELECT id, name, run_on FROM {history} ORDER BY run_on, id

-- name: record_down
-- Record that a migration was undone: delete its row of history and add an entry to the ledger.
WITH undone AS (
    DELETE FROM {history} WHERE name OPERATOR(pg_catalog.=) $3::pg_catalog.text RETURNING id
)
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, seconds, raw_checksum, token_checksum, text
)
SELECT
    $1::pg_catalog.uuid, $2, (SELECT pg_catalog.max(undone.id) FROM undone), $3, 'down', 'undone',
    COALESCE(
        $7::pg_catalog.float8,
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now())
    ),
    $4, $5, $6

-- name: record_down_without_ledger
-- Record that a migration was undone, where there is no ledger: delete its row of history.
DELETE FROM {history} WHERE name OPERATOR(pg_catalog.=) $1::pg_catalog.text

-- name: record_up
-- Record that a migration was applied: add its row of history and its entry of the ledger.
WITH applied AS (
    INSERT INTO {history} (name, run_on)
    VALUES ($3, GREATEST(pg_catalog.now()::timestamp, $7::timestamp))
    RETURNING id
)
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, seconds, raw_checksum, token_checksum, text
)
SELECT
    $1::pg_catalog.uuid, $2, applied.id, $3, 'up', 'applied',
    COALESCE(
        $8::pg_catalog.float8,
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now())
    ),
    $4, $5, $6
FROM applied

-- name: record_up_without_ledger
-- Record that a migration was applied, where there is no ledger: add its row of history.
INSERT INTO {history} (name, run_on) VALUES ($1, GREATEST(pg_catalog.now()::timestamp, $2::timestamp))
