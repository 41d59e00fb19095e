DO $$
DECLARE
  leftovers bigint;
BEGIN
  SELECT count(*) INTO leftovers FROM legacy_coupons WHERE NOT used;
  IF leftovers > 0 THEN
    RAISE NOTICE '% unused coupons; run DROP TABLE legacy_coupons by hand when they are gone', leftovers;
  END IF;
  PERFORM 1 FROM orders LIMIT 1;
END $$;
