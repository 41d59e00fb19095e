-- How a session of ours begins: what role, database and server have set is read, and set aside.
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
