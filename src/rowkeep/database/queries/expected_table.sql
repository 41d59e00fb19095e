-- Known good structures, newest last; `items` is the file that `rowkeep verify --save` writes.
CREATE TABLE IF NOT EXISTS rowkeep.structure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    role text NOT NULL DEFAULT SESSION_USER,
    source text NOT NULL,
    major integer NOT NULL,
    digest text NOT NULL,
    items text NOT NULL
)
