DO $$
DECLARE
  t text;
BEGIN
  FOR t IN SELECT unnest(ARRAY['carts', 'sessions']) LOOP
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (customer_id)', t || '_customer_id_idx', t);
  END LOOP;
END
$$;
