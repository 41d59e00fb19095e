DO $$
DECLARE
  v text;
BEGIN
  FOR v IN SELECT matviewname FROM pg_matviews WHERE schemaname = 'public' LOOP
    EXECUTE format('REFRESH MATERIALIZED VIEW %I', v);
  END LOOP;
END $$;
