DO $$
BEGIN
  IF to_regclass('legacy_coupons') IS NOT NULL THEN
    ALTER TABLE legacy_coupons ADD COLUMN note text;
END
$$;
