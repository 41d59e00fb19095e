-- Constraints that hold for new rows only: (table, name).
SELECT c.conrelid::regclass::text, pg_catalog.quote_ident(c.conname)
FROM pg_catalog.pg_constraint c
JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
WHERE NOT c.convalidated AND c.conrelid <> 0 AND n.nspname !~ '^pg_'
  -- From 18 on a constraint may be NOT ENFORCED, which is never validated and says so itself.
  AND coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true)
ORDER BY 1, 2
