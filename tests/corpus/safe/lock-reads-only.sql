DO $$
BEGIN
  ASSERT (SELECT count(*) FROM coupons WHERE percent_off > 100) = 0, 'coupons above 100 %';
  IF EXISTS (SELECT 1 FROM orders WHERE total < 0) THEN
    RAISE EXCEPTION 'negative totals; do not DELETE FROM orders, ask billing';
  END IF;
END $$;
