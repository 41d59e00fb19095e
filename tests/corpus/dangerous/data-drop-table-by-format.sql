-- Up Migration
DO $$
DECLARE
  old_table constant text := 'coupons';
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS %I.%I', 'public', old_table);
END;
$$;
-- Down Migration
