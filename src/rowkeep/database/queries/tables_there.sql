-- Which of these tables are there already, and whether the role may lock them by name (manual, LOCK).
SELECT DISTINCT ON (named.number)
    named.number, namespace.nspname, class.relname,
    class.relkind IN ('r', 'p')
    AND class.relpersistence <> 't'
    AND pg_catalog.has_table_privilege(class.oid, 'UPDATE, DELETE, TRUNCATE') AS lockable
FROM ROWS FROM (
    pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(schemas)s::pg_catalog.text[])
) WITH ORDINALITY AS named (name, schema, number)
JOIN pg_catalog.pg_class AS class ON class.relname = named.name
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE
    class.relkind IN ('r', 'p', 'm', 'f', 'v')
    AND CASE
        WHEN named.schema IS NULL THEN namespace.nspname = ANY(%(path)s::pg_catalog.text[])
        ELSE namespace.nspname = named.schema
    END
ORDER BY named.number, pg_catalog.array_position(%(path)s::pg_catalog.text[], namespace.nspname::pg_catalog.text)
