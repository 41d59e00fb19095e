DO $$
DECLARE
  limit_name constant text := 'events_' || to_char(date '2026-10-01', 'YYYY_MM');
  child record;
BEGIN
  FOR child IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.events'::regclass AND c.relname < limit_name
  LOOP
    EXECUTE 'DROP TABLE IF EXISTS ' || quote_ident(child.relname);
  END LOOP;
END $$;
