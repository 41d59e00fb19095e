DO $$
DECLARE
  col text;
BEGIN
  FOREACH col IN ARRAY ARRAY['color', 'weight_grams', 'description'] LOOP
    EXECUTE format('ALTER TABLE products ALTER COLUMN %I SET NOT NULL', col);
  END LOOP;
END $$;
