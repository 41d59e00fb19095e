-- The views among these relations and those that read one, however far above: schema, name, kind, columns, and a row
-- for each relation, and each column of it, that the view cannot be without.
WITH RECURSIVE reader AS (
    SELECT c.oid
    FROM pg_catalog.pg_class c
    WHERE c.oid = ANY (%(oids)s::pg_catalog.oid[])
    UNION
    SELECT r.ev_class
    FROM reader
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                               AND d.refobjid = reader.oid
                               AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
)
SELECT n.nspname::text, c.relname::text, c.relkind = 'm',
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attnum),
       bn.nspname::text, bc.relname::text, ba.attname::text
FROM reader
JOIN pg_catalog.pg_class c ON c.oid = reader.oid AND c.relkind IN ('v', 'm')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
                                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                AND d.refobjid <> c.oid
LEFT JOIN pg_catalog.pg_class bc ON bc.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace bn ON bn.oid = bc.relnamespace
LEFT JOIN pg_catalog.pg_attribute ba ON ba.attrelid = d.refobjid AND ba.attnum = d.refobjsubid AND d.refobjsubid <> 0
ORDER BY 1, 2
