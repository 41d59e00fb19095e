-- name: prune
-- Delete all but the newest ten.
DELETE FROM rowkeep.structure s
WHERE s.id NOT IN (SELECT k.id FROM rowkeep.structure k ORDER BY k.id DESC LIMIT 10)

-- name: insert
-- Save a structure that is known to be good.
INSERT INTO rowkeep.structure (source, major, digest, items) VALUES (%(source)s, %(major)s, %(digest)s, %(items)s)

-- name: newest
-- The newest structure that is known to be good.
SELECT s.items, s.source, pg_catalog.to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM rowkeep.structure s ORDER BY s.id DESC LIMIT 1

-- name: create_table
-- Structures known to be good, newest last; `items` is the file that `rowkeep verify --save` writes.
CREATE TABLE IF NOT EXISTS rowkeep.structure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    role text NOT NULL DEFAULT SESSION_USER,
    source text NOT NULL,
    major integer NOT NULL,
    digest text NOT NULL,
    items text NOT NULL
)

-- name: exists
-- Whether the schema and its table of structures exist: (schema, table).
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname = 'rowkeep'),
       EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'rowkeep' AND c.relname = 'structure')
