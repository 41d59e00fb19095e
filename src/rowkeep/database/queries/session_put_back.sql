-- After a migration, behind RESET ALL: our own settings again, and whether the session still holds what it has made.
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
