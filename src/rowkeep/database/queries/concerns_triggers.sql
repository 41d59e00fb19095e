-- Triggers that do not fire in an ordinary session: (table, name, the foreign key it enforces or null, as a word).
SELECT t.tgrelid::regclass::text, pg_catalog.quote_ident(t.tgname),
       CASE WHEN t.tgisinternal THEN pg_catalog.quote_ident(c.conname) END,
       CASE t.tgenabled WHEN 'D' THEN 'disabled' ELSE 'enabled on replicas only' END
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class r ON r.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint
WHERE t.tgenabled IN ('D', 'R') AND n.nspname !~ '^pg_'
ORDER BY 1, 2
