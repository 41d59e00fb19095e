-- Whether the schema, and the table of roundtrips in it, were made: (schema, table).
SELECT
    EXISTS (SELECT 1 FROM pg_catalog.pg_namespace AS namespace WHERE namespace.nspname = 'rowkeep'),
    EXISTS (
        SELECT 1
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE namespace.nspname = 'rowkeep' AND class.relname = 'roundtrip'
    )
