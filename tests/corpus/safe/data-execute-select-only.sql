DO $$
DECLARE
  t text;
  n bigint;
BEGIN
  FOREACH t IN ARRAY ARRAY['orders', 'customers'] LOOP
    EXECUTE format('SELECT count(*) FROM %I', t) INTO n;
    RAISE NOTICE '% has % rows (DELETE FROM % is not needed)', t, n, t;
  END LOOP;
  EXECUTE 'SELECT 1 WHERE ''DROP TABLE x'' = $1' INTO n USING 'truncate_log';
END $$;
