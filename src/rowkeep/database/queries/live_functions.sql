-- The functions of these names, and those that triggers and defaults of these tables call: schema, name, signature,
-- definition. Of several with one name the most volatile comes last.
WITH wanted AS (
    SELECT p.oid
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proname = ANY (%(names)s::pg_catalog.name[]) AND n.nspname = ANY (%(schemas)s::pg_catalog.name[])
    UNION
    SELECT t.tgfoid
    FROM pg_catalog.pg_trigger t
    WHERE t.tgrelid = ANY (%(oids)s::pg_catalog.oid[]) AND NOT t.tgisinternal
    UNION
    SELECT d.refobjid
    FROM pg_catalog.pg_attrdef a
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = a.oid
                               AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    WHERE a.adrelid = ANY (%(oids)s::pg_catalog.oid[])
)
SELECT n.nspname::text, p.proname::text, pg_catalog.oidvectortypes(p.proargtypes), pg_catalog.pg_get_functiondef(p.oid)
FROM wanted w
JOIN pg_catalog.pg_proc p ON p.oid = w.oid AND p.prokind IN ('f', 'p', 'w')
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY n.nspname, p.proname, pg_catalog.strpos('isv', p.provolatile::pg_catalog.text), 3
