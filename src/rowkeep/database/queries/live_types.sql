-- The domains and enums of these names and those of the columns of these tables, as CREATE, what others build on first.
WITH RECURSIVE used AS (
    SELECT t.oid, 0 AS depth
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e') AND t.typname = ANY (%(names)s::pg_catalog.name[])
      AND n.nspname = ANY (%(schemas)s::pg_catalog.name[])
    UNION
    SELECT a.atttypid, 0
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typtype IN ('d', 'e')
    WHERE a.attrelid = ANY (%(oids)s::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT t.typbasetype, used.depth + 1
    FROM used
    JOIN pg_catalog.pg_type t ON t.oid = used.oid AND t.typtype = 'd'
    JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND b.typtype IN ('d', 'e')
), deepest AS (
    SELECT used.oid, pg_catalog.max(used.depth) AS depth FROM used GROUP BY used.oid
)
SELECT CASE t.typtype
    WHEN 'e' THEN pg_catalog.format('CREATE TYPE %%I.%%I AS ENUM (%%s)', n.nspname, t.typname,
        (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
         FROM pg_catalog.pg_enum e
         WHERE e.enumtypid = t.oid))
    ELSE pg_catalog.format('CREATE DOMAIN %%I.%%I AS %%s%%s%%s%%s', n.nspname, t.typname,
        pg_catalog.format_type(t.typbasetype, t.typtypmod),
        ' DEFAULT ' || t.typdefault,
        CASE WHEN t.typnotnull THEN ' NOT NULL' END,
        (SELECT pg_catalog.string_agg(pg_catalog.format(' CONSTRAINT %%I %%s', k.conname,
                    pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '')), '')
         FROM pg_catalog.pg_constraint k
         WHERE k.contypid = t.oid AND k.contype = 'c'))
    END
FROM deepest d
JOIN pg_catalog.pg_type t ON t.oid = d.oid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
ORDER BY d.depth DESC, n.nspname, t.typname
