-- Whether nothing here could be lost: no relation with rows of its own beside history and ledger, no large object.
SELECT
    NOT EXISTS (
        SELECT 1
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE
            class.relkind IN ('r', 'p', 'm', 'f', 'S')
            AND class.relpersistence <> 't'
            AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'rowkeep')
            AND NOT (
                namespace.nspname = %(schema)s::pg_catalog.text AND class.relname = %(table)s::pg_catalog.text
            )
            AND NOT EXISTS (
                SELECT 1
                FROM pg_catalog.pg_depend AS depends
                WHERE
                    depends.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND depends.objid = class.oid
                    -- A part of an extension, or a sequence that goes with its column.
                    AND depends.deptype IN ('e', 'a', 'i')
                    AND (depends.deptype = 'e' OR class.relkind = 'S')
            )
    )
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata)
