DO $$
BEGIN
  IF (SELECT count(*) FROM sessions) > 0 THEN
    PERFORM purge_sessions();
  END IF;
END $$;
