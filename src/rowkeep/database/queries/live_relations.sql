-- The relations that migrations speak of, their parents and DEFAULT partitions (whole), and the other side of their
-- foreign keys; all kinds, so that it is known which names are taken.
WITH RECURSIVE spoken AS (
    SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ANY (%(names)s::pg_catalog.name[]) AND n.nspname = ANY (%(schemas)s::pg_catalog.name[])
), here AS (
    SELECT COALESCE(i.indrelid, s.oid) AS oid
    FROM spoken s LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = s.oid
    UNION
    SELECT h.inhparent FROM here JOIN pg_catalog.pg_inherits h ON h.inhrelid = here.oid
), whole AS (
    SELECT oid FROM here
    UNION
    SELECT p.partdefid
    FROM here JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = here.oid
    WHERE p.partdefid <> 0
), beside AS (
    SELECT k.conrelid AS oid
    FROM whole w
    -- By the index of pg_depend: pg_constraint has none by the table that is referred to.
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = w.oid
                               AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
    JOIN pg_catalog.pg_constraint k ON k.oid = d.objid AND k.contype = 'f' AND k.confrelid = w.oid
    UNION
    SELECT k.confrelid
    FROM whole w JOIN pg_catalog.pg_constraint k ON k.conrelid = w.oid AND k.contype = 'f'
), tree AS (
    SELECT w.oid AS root, w.oid FROM (SELECT oid FROM whole UNION SELECT oid FROM beside) w
    UNION ALL
    SELECT tree.root, c.oid
    FROM tree
    JOIN pg_catalog.pg_inherits h ON h.inhparent = tree.oid
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relispartition
), counted AS (
    SELECT tree.root,
           pg_catalog.count(*) FILTER (WHERE tree.oid <> tree.root AND c.relkind <> 'p') AS partitions,
           pg_catalog.sum(GREATEST(c.reltuples, 0)) AS rows,
           pg_catalog.bool_or(c.relkind = 'f' OR (c.reltuples < 0 AND c.relkind IN ('r', 'm'))) AS unknown,
           pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
                          + pg_catalog.pg_stat_get_tuples_deleted(c.oid)) AS writes
    FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.oid
    GROUP BY tree.root
)
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, EXISTS (SELECT 1 FROM whole w WHERE w.oid = c.oid),
       t.partitions, CASE WHEN t.unknown THEN NULL ELSE t.rows::pg_catalog.int8 END, t.writes::pg_catalog.int8,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid),
       c.relrowsecurity,
       pn.nspname::text, pc.relname::text,
       COALESCE(above.partdefid = c.oid, false), COALESCE(own.partdefid <> 0, false)
FROM (SELECT oid FROM spoken UNION SELECT oid FROM whole UNION SELECT oid FROM beside) r
JOIN pg_catalog.pg_class c ON c.oid = r.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN counted t ON t.root = c.oid
LEFT JOIN pg_catalog.pg_partitioned_table own ON own.partrelid = c.oid
LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
LEFT JOIN pg_catalog.pg_class pc ON pc.oid = h.inhparent
LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace
LEFT JOIN pg_catalog.pg_partitioned_table above ON above.partrelid = h.inhparent
ORDER BY 2, 3
