-- A row of history for a migration that was not run here. run_on: its turn, or now.
INSERT INTO {history} (name, run_on)
VALUES (
    %(name)s,
    COALESCE(%(run_on)s::timestamp, GREATEST(pg_catalog.now()::timestamp, %(floor)s::timestamp))
)
RETURNING id
