-- Functions and procedures that run with the search_path of whoever calls them: (schema, name, arguments).
SELECT n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid)
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND l.lanname NOT IN ('c', 'internal')
  AND p.prokind IN ('f', 'p')
  -- A body that was parsed when it was made names no name any more.
  AND p.prosqlbody IS NULL
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.unnest(p.proconfig) AS s (setting) WHERE s.setting ~* '^search_path=')
ORDER BY 1, 2, 3
