-- Functions without a search_path of their own, their bodies, and whether a restore itself calls them.
SELECT n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid), p.prosrc,
       EXISTS (
           -- What calls them: generated columns, CHECKs of tables and domains, indexes, partition keys, materialized
           -- views. A DEFAULT or a trigger is not run.
           SELECT FROM pg_catalog.pg_depend d
           WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid = p.oid
             AND (d.classid = 'pg_catalog.pg_constraint'::regclass
                  OR EXISTS (SELECT FROM pg_catalog.pg_class c
                             WHERE d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
                               AND (c.relkind IN ('i', 'I')
                                    OR c.relkind = 'p' AND d.objsubid = 0
                                    OR EXISTS (SELECT FROM pg_catalog.pg_attribute a
                                               WHERE a.attrelid = d.objid AND a.attnum = d.objsubid
                                                 AND a.attgenerated <> '')))
                  -- The expression of a generated column depends as itself, or (14, 15) as its column, above.
                  OR EXISTS (SELECT FROM pg_catalog.pg_attrdef f
                             JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
                             WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
                               AND a.attgenerated <> '')
                  OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w
                             JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
                             WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid
                               AND c.relkind IN ('m', 'v')))
       ) AS called
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND l.lanname IN ('sql', 'plpgsql')
  AND p.prokind IN ('f', 'p')
  -- A body that was parsed when it was made names no name any more.
  AND p.prosqlbody IS NULL
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.unnest(p.proconfig) AS s (setting) WHERE s.setting ~* '^search_path=')
ORDER BY 1, 2, 3
