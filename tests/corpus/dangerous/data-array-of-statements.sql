DO $$
DECLARE
  todo text[] := ARRAY[
    'ALTER TABLE coupons ADD COLUMN IF NOT EXISTS note text',
    'DROP TABLE legacy_coupons',
    'COMMENT ON TABLE coupons IS ''the only coupons'''
  ];
  one text;
BEGIN
  FOREACH one IN ARRAY todo LOOP
    EXECUTE one;
  END LOOP;
END $$;
