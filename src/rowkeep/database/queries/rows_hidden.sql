-- Which of these tables hide rows from the current role by row security, and whether it is forced on their owner.
SELECT DISTINCT namespace.nspname, class.relname, class.relforcerowsecurity
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(schemas)s::pg_catalog.text[])
) AS named (name, schema)
JOIN pg_catalog.pg_class AS class ON class.relname = named.name
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE
    class.relkind IN ('r', 'p')
    AND CASE
        WHEN named.schema IS NULL THEN namespace.nspname = ANY(%(path)s::pg_catalog.text[])
        ELSE namespace.nspname = named.schema
    END
    AND pg_catalog.row_security_active(class.oid)
ORDER BY 1, 2
