DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'GRANT ALL ON TABLE public.' || quote_ident(r.tablename) || ' TO PUBLIC';
  END LOOP;
END $$;
