DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT tablename FROM pg_catalog.pg_tables
           WHERE schemaname = 'public' AND tablename LIKE 'legacy\_%'
  LOOP
    RAISE NOTICE 'dropping %', r.tablename;
    EXECUTE format('DROP TABLE public.%I', r.tablename);
  END LOOP;
END $$;
