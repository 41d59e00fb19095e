-- The constraints of these tables and the foreign keys that point at them, as ALTER TABLE; NOT VALID where it is so.
WITH meant AS (
    SELECT k.oid
    FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = ANY (%(oids)s::pg_catalog.oid[])
      AND (k.contype IN ('c', 'p', 'u', 'f', 'x') OR (k.contype = 'n' AND NOT k.convalidated))
    UNION
    SELECT k.oid
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_constraint k ON k.oid = d.objid AND k.contype = 'f' AND k.confrelid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refobjid = ANY (%(oids)s::pg_catalog.oid[])
      AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
      AND k.conparentid = 0
)
SELECT pg_catalog.format('ALTER TABLE ONLY %%I.%%I ADD CONSTRAINT %%I %%s', n.nspname, c.relname, k.conname,
                         pg_catalog.pg_get_constraintdef(k.oid))
FROM meant m
JOIN pg_catalog.pg_constraint k ON k.oid = m.oid
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY n.nspname, c.relname, k.conname
