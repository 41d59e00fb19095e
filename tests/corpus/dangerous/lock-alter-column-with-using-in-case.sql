DO $$
DECLARE
  t text := (SELECT format_type(atttypid, atttypmod) FROM pg_attribute
             WHERE attrelid = 'products'::regclass AND attname = 'weight_grams');
BEGIN
  CASE t
    WHEN 'smallint' THEN
      ALTER TABLE products ALTER COLUMN weight_grams TYPE integer;
    ELSE
      RAISE NOTICE 'already %', t;
  END CASE;
END $$;
