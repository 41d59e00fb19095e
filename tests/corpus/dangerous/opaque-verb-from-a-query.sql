DO $$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT relname, relname LIKE 'legacy%' AS old FROM pg_class
           WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname IN ('legacy_coupons', 'settings')
  LOOP
    EXECUTE (CASE WHEN r.old THEN 'DROP TABLE ' ELSE 'ANALYZE ' END) || quote_ident(r.relname);
  END LOOP;
END $$;
