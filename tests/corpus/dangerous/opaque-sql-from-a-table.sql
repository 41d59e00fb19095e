DO $$
DECLARE
  stmt text;
BEGIN
  SELECT value INTO STRICT stmt FROM settings WHERE key = 'maintenance_sql';
  EXECUTE stmt;
END $$;
