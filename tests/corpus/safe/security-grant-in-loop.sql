DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['customers', 'orders', 'products'] LOOP
    EXECUTE format('GRANT SELECT ON TABLE public.%I TO shop_readonly', t);
  END LOOP;
END $$;
