CREATE FUNCTION pg_temp.forget_refunds() RETURNS boolean LANGUAGE sql AS $$
  WITH gone AS (DELETE FROM billing.refunds RETURNING 1)
  SELECT count(*) >= 0 FROM gone
$$;
DO $$
BEGIN
  IF NOT pg_temp.forget_refunds() THEN
    RAISE EXCEPTION 'nothing there';
  END IF;
END $$;
