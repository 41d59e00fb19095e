-- name: settings
-- The settings under which sizes are read: no long wait for a table that somebody has locked.
SELECT pg_catalog.set_config('lock_timeout', %(lock_ms)s::pg_catalog.text, true)

-- name: with_partitions
-- The bytes of these tables (`schema.name`) with their partitions: rows and toasted values, without indexes and maps;
-- and the tables that hold rows, each as {schema, name}.
WITH RECURSIVE tree AS (
    SELECT pg_catalog.concat_ws('.', n.nspname, c.relname) AS root, c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ANY (%(names)s::pg_catalog.name[]) AND c.relkind IN ('r', 'p')
      AND pg_catalog.concat_ws('.', n.nspname, c.relname) = ANY (%(tables)s::pg_catalog.text[])
    UNION ALL
    SELECT tree.root, c.oid
    FROM tree
    JOIN pg_catalog.pg_inherits h ON h.inhparent = tree.oid
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relispartition
)
SELECT tree.root,
       coalesce(pg_catalog.sum(
           coalesce(pg_catalog.pg_relation_size(c.oid), 0)
           + coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0)
       ), 0)::pg_catalog.int8 AS bytes,
       pg_catalog.array_agg(ARRAY[n.nspname::pg_catalog.text, c.relname::pg_catalog.text])
           FILTER (WHERE c.relkind = 'r') AS tables
FROM tree
JOIN pg_catalog.pg_class c ON c.oid = tree.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
GROUP BY tree.root
