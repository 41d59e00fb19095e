-- The catalog is written to in this transaction, and no name in it is looked up in a schema that people write to.
SELECT pg_catalog.set_config('search_path', '', true), pg_catalog.set_config('allow_system_table_mods', 'on', true),
       pg_catalog.set_config('session_replication_role', 'replica', true)
