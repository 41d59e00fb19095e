DO $$
BEGIN
  EXECUTE 'DELETE FROM public.sessions WHERE $1 OR id IS NULL' USING true;
END $$;
