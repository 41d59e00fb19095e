-- Whether the schema, and the table of known good structures in it, were made: (schema, table).
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname = 'rowkeep'),
       EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'rowkeep' AND c.relname = 'structure')
