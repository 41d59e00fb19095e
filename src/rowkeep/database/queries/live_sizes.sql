-- The bytes of each relation with its partitions: rows alone, with what belongs to them (toasted values, maps), indexes;
-- and whether a foreign table is among them, whose rows nobody here can count.
WITH RECURSIVE tree AS (
    SELECT t.oid AS root, t.oid FROM pg_catalog.unnest(%(oids)s::pg_catalog.oid[]) AS t (oid)
    UNION ALL
    SELECT tree.root, c.oid
    FROM tree
    JOIN pg_catalog.pg_inherits h ON h.inhparent = tree.oid
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relispartition
)
SELECT tree.root, pg_catalog.sum(pg_catalog.pg_relation_size(tree.oid))::pg_catalog.int8,
       pg_catalog.sum(pg_catalog.pg_table_size(tree.oid))::pg_catalog.int8,
       pg_catalog.sum(pg_catalog.pg_indexes_size(tree.oid))::pg_catalog.int8,
       pg_catalog.bool_or(c.relkind = 'f')
FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.oid
GROUP BY tree.root
