SELECT public.purge_sessions();
