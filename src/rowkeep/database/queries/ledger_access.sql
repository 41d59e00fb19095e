-- The ledger's edition, and whether the current role may write all its tables.
SELECT
    (SELECT pg_catalog.max(edition.number) FROM rowkeep.edition AS edition) AS edition,
    pg_catalog.has_table_privilege('rowkeep.run', 'INSERT')
    AND pg_catalog.has_table_privilege('rowkeep.run', 'UPDATE')
    AND pg_catalog.has_table_privilege('rowkeep.entry', 'INSERT')
    AND pg_catalog.has_table_privilege('rowkeep.checkpoint', 'INSERT')
    AND pg_catalog.has_table_privilege('rowkeep.checkpoint', 'UPDATE')
    AND pg_catalog.has_table_privilege('rowkeep.checkpoint', 'DELETE') AS may_write
