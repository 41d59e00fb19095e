-- name: access
-- The ledger's edition, and whether the current role may write all its tables.
SELECT
    (SELECT pg_catalog.max(edition.number) FROM rowkeep.edition AS edition) AS edition,
    pg_catalog.has_table_privilege('rowkeep.run', 'INSERT')
    AND pg_catalog.has_table_privilege('rowkeep.run', 'UPDATE')
    AND pg_catalog.has_table_privilege('rowkeep.entry', 'INSERT')
    AND pg_catalog.has_table_privilege('rowkeep.checkpoint', 'INSERT')
    AND pg_catalog.has_table_privilege('rowkeep.checkpoint', 'UPDATE')
    AND pg_catalog.has_table_privilege('rowkeep.checkpoint', 'DELETE') AS may_write

-- name: checkpoints
-- The statements of unfinished migrations that were begun outside a transaction.
SELECT
    checkpoint.migration, checkpoint.direction, checkpoint.index, checkpoint.checksum, checkpoint.mark,
    checkpoint.message
FROM rowkeep.checkpoint AS checkpoint
WHERE checkpoint.history = %(history)s
ORDER BY checkpoint.migration, checkpoint.direction, checkpoint.index

-- name: create_edition_1
-- Edition 1 of the ledger: runs, what they did to migrations, and how far unfinished ones came.
COMMENT ON SCHEMA rowkeep IS 'The ledger of Rowkeep: what was applied, by whom, when. Do not write here by hand.';
CREATE TABLE IF NOT EXISTS rowkeep.edition (
    number integer PRIMARY KEY,
    made_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
CREATE TABLE IF NOT EXISTS rowkeep.run (
    id uuid PRIMARY KEY,
    history text NOT NULL,
    command text NOT NULL,
    began_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    ended_at timestamptz,
    outcome text,
    role text NOT NULL DEFAULT SESSION_USER,
    os_user text,
    host text,
    commit text,
    dirty boolean,
    tool_version text NOT NULL,
    backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
    details jsonb NOT NULL
);
CREATE TABLE IF NOT EXISTS rowkeep.entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run uuid NOT NULL REFERENCES rowkeep.run (id),
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    history text NOT NULL,
    history_id bigint,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    outcome text NOT NULL CHECK (
        outcome IN ('applied', 'undone', 'failed', 'adopted', 'accepted', 'marked', 'unmarked')
    ),
    seconds double precision,
    raw_checksum text NOT NULL,
    token_checksum text NOT NULL,
    text text NOT NULL,
    sqlstate text,
    message text
);
CREATE TABLE IF NOT EXISTS rowkeep.checkpoint (
    history text NOT NULL,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    index integer NOT NULL,
    checksum text NOT NULL,
    mark text NOT NULL CHECK (mark IN ('begun', 'done', 'failed')),
    message text,
    run uuid NOT NULL REFERENCES rowkeep.run (id),
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (history, migration, direction, index)
);
INSERT INTO rowkeep.edition (number) VALUES (1) ON CONFLICT DO NOTHING

-- name: entries
-- All entries, oldest first, each with its run. at: in the server's local time.
SELECT
    entry.migration, entry.outcome, entry.at::timestamp AS at, entry.history_id, entry.direction, entry.seconds,
    run.role, run.os_user, run.host, run.commit, run.dirty, run.command, run.tool_version,
    entry.sqlstate, entry.message,
    CASE
        WHEN entry.outcome IN ('applied', 'undone', 'failed')
        THEN run.details OPERATOR(pg_catalog.->) 'locks' OPERATOR(pg_catalog.->) entry.migration
    END AS locks,
    CASE
        WHEN entry.outcome = 'applied'
        THEN run.details OPERATOR(pg_catalog.->) 'predicted' OPERATOR(pg_catalog.->) entry.migration
    END AS predicted,
    CASE
        WHEN entry.outcome IN ('applied', 'undone', 'failed')
        THEN
            COALESCE(run.details OPERATOR(pg_catalog.->) 'accepted_losses', '[]')
            OPERATOR(pg_catalog.||) COALESCE(run.details OPERATOR(pg_catalog.->) 'accepted_broken_statements', '[]')
            OPERATOR(pg_catalog.||) COALESCE(run.details OPERATOR(pg_catalog.->) 'accepted_locks', '[]')
    END AS accepted,
    CASE
        WHEN entry.outcome IN ('applied', 'undone', 'failed')
        THEN COALESCE(
            run.details OPERATOR(pg_catalog.->>) 'because',
            run.details OPERATOR(pg_catalog.->>) 'no_backup_because'
        )
    END AS because
FROM rowkeep.entry AS entry
JOIN rowkeep.run AS run ON run.id = entry.run
WHERE entry.history = %(history)s AND entry.outcome <> 'adopted'
ORDER BY entry.at, entry.id

-- name: readable
-- Whether the ledger's tables exist, and whether the current role may read them.
SELECT
    COALESCE(pg_catalog.bool_and(pg_catalog.has_table_privilege(class.oid, 'SELECT')), false) AS readable,
    pg_catalog.count(*) = 4 AS complete,
    pg_catalog.count(*) = 0 AS absent
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE
    namespace.nspname = 'rowkeep'
    AND class.relkind = 'r'
    AND class.relname IN ('edition', 'run', 'entry', 'checkpoint')

-- name: applied_texts
-- Which text each row of history stands for, from the newest entry that says so.
SELECT DISTINCT ON (entry.history_id)
    entry.history_id, entry.id, entry.raw_checksum, entry.token_checksum, entry.outcome
FROM rowkeep.entry AS entry
WHERE entry.history = %(history)s AND entry.outcome IN ('applied', 'adopted', 'accepted', 'marked')
ORDER BY entry.history_id, entry.id DESC

-- name: create_schema
-- Create the schema of the ledger.
CREATE SCHEMA rowkeep

-- name: schema_exists
-- Whether the ledger's schema exists.
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace AS namespace WHERE namespace.nspname = 'rowkeep')

-- name: texts
-- The applied texts of these entries.
SELECT entry.id, entry.text FROM rowkeep.entry AS entry WHERE entry.id = ANY(%(entries)s)

-- name: write_checkpoint
-- How far a statement that runs outside a transaction has come.
INSERT INTO rowkeep.checkpoint (run, history, migration, direction, index, checksum, mark, message)
VALUES ($1::pg_catalog.uuid, $2, $3, $4, $5::pg_catalog.int4, $6, $7, $8)
ON CONFLICT (history, migration, direction, index) DO UPDATE
SET
    run = excluded.run, checksum = excluded.checksum, mark = excluded.mark, message = excluded.message,
    at = excluded.at

-- name: delete_checkpoints
-- Delete the checkpoints of a finished migration.
DELETE FROM rowkeep.checkpoint
WHERE
    history OPERATOR(pg_catalog.=) $1::pg_catalog.text
    AND migration OPERATOR(pg_catalog.=) $2::pg_catalog.text
    AND direction OPERATOR(pg_catalog.=) $3::pg_catalog.text

-- name: recorded_by_run
-- Which migrations this run has recorded, by name and direction.
SELECT entry.migration, entry.direction
FROM rowkeep.entry AS entry
WHERE entry.run = %(run)s::pg_catalog.uuid AND entry.outcome IN ('applied', 'undone')

-- name: record_failure
-- Record that a migration failed and its transaction was rolled back.
INSERT INTO rowkeep.entry (
    run, history, migration, direction, outcome, raw_checksum, token_checksum, text, sqlstate, message
)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(migration)s, %(direction)s, 'failed', %(raw)s, %(token)s, %(text)s,
    %(sqlstate)s, %(message)s
)

-- name: start_run
-- Record that a run begins.
INSERT INTO rowkeep.run (id, history, command, os_user, host, commit, dirty, tool_version, details)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(command)s, %(os_user)s, %(host)s, %(commit)s, %(dirty)s,
    %(tool_version)s, %(details)s::pg_catalog.jsonb
)

-- name: finish_run
-- Record that a run is over. details: what is known only at the end.
UPDATE rowkeep.run
SET
    ended_at = pg_catalog.clock_timestamp(), outcome = %(outcome)s,
    details = details OPERATOR(pg_catalog.||) %(details)s::pg_catalog.jsonb
WHERE id = %(run)s::pg_catalog.uuid

-- name: record_text
-- Record which text a row of history stands for: at first sight, or after an edit that a person accepted.
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, raw_checksum, token_checksum, text, message
)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(history_id)s, %(migration)s, 'up', %(outcome)s, %(raw)s, %(token)s,
    %(text)s, %(message)s
)

-- name: delete_all_checkpoints
-- Delete the checkpoints of a migration whose state a person has set.
DELETE FROM rowkeep.checkpoint WHERE history = %(history)s AND migration = %(migration)s

-- name: record_history_edit
-- Record that a person added or deleted a row of history, and why.
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, raw_checksum, token_checksum, text, message
)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(history_id)s, %(migration)s, %(direction)s, %(outcome)s, %(raw)s,
    %(token)s, %(text)s, %(message)s
)

-- name: record_node_pg_migrate
-- Record that node-pg-migrate ran a migration for us. It has already changed its row of history.
INSERT INTO rowkeep.entry (
    run, history, history_id, migration, direction, outcome, seconds, raw_checksum, token_checksum, text, message
)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(history_id)s, %(migration)s, %(direction)s, %(outcome)s, %(seconds)s,
    %(raw)s, %(token)s, %(text)s, %(message)s
)
