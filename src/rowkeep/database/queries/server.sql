-- What server and database this is, and what the current role may do with our ledger.
SELECT
    pg_catalog.current_database() AS database,
    CURRENT_USER AS role,
    role.rolsuper AS superuser,
    pg_catalog.pg_is_in_recovery() AS recovering,
    pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool AS read_only,
    pg_catalog.now()::timestamp AS now,
    pg_catalog.current_setting('TimeZone') AS time_zone,
    pg_catalog.to_regclass(
        pg_catalog.format('%%I.%%I', %(schema)s::pg_catalog.text, %(table)s::pg_catalog.text)
    ) IS NOT NULL AS history_exists,
    ledger.oid IS NOT NULL AS ledger_exists,
    pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create_schema,
    COALESCE(pg_catalog.has_schema_privilege(ledger.oid, 'CREATE'), false) AS may_fill_schema,
    COALESCE(pg_catalog.has_schema_privilege(ledger.oid, 'USAGE'), false) AS may_use_schema
FROM pg_catalog.pg_roles AS role
LEFT JOIN pg_catalog.pg_namespace AS ledger ON ledger.nspname = 'rowkeep'
WHERE role.rolname = CURRENT_USER
