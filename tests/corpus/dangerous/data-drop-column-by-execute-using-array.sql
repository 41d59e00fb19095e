DO $$
DECLARE
  cols text[] := '{vat_id,avatar}';
  i    integer;
BEGIN
  FOR i IN 1 .. array_length(cols, 1) LOOP
    EXECUTE format('ALTER TABLE %I DROP COLUMN IF EXISTS %I', 'customers', cols[i]);
  END LOOP;
END $$;
