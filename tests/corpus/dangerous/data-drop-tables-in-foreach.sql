DO $$
DECLARE
  victim text;
BEGIN
  FOREACH victim IN ARRAY ARRAY['legacy_coupons', 'LegacyOrders'] LOOP
    EXECUTE 'DROP TABLE ' || quote_ident(victim) || ' CASCADE';
  END LOOP;
END
$$;
