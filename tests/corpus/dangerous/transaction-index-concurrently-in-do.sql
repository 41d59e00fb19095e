DO $$
BEGIN
  IF to_regclass('public.customers_phone_idx') IS NULL THEN
    EXECUTE 'CREATE INDEX CONCURRENTLY customers_phone_idx ON customers (phone)';
  END IF;
END
$$;
