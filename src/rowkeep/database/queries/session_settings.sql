-- Set our own settings: for the session, or for the transaction that is open.
SELECT pg_catalog.set_config(own.name, own.value, %(local)s::pg_catalog.bool)
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(values)s::pg_catalog.text[])
) AS own (name, value)
