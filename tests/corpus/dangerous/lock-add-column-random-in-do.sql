DO $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = 'orders' AND column_name = 'bucket'
  ) THEN
    ALTER TABLE orders ADD COLUMN bucket integer NOT NULL DEFAULT (random() * 100)::integer;
  END IF;
END
$$;
