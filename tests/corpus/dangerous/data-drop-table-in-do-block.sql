DO $$
BEGIN
  RAISE NOTICE 'moving sessions to redis';
  IF EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'sessions') THEN
    DROP TABLE public.sessions;
  END IF;
END;
$$;
