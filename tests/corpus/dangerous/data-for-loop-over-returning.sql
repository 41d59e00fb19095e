DO $$
DECLARE
  gone record;
BEGIN
  FOR gone IN DELETE FROM coupons RETURNING code LOOP
    RAISE NOTICE 'removed %', gone.code;
  END LOOP;
END $$;
