-- The size of each table on disk with its toasted values and without its indexes, in bytes.
SELECT t.oid, pg_catalog.pg_table_size(t.oid) FROM pg_catalog.unnest(%(oids)s::oid[]) AS t (oid)
