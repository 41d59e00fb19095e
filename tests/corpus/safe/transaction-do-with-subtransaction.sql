DO $$
BEGIN
  BEGIN
    CREATE SCHEMA IF NOT EXISTS archive;
  EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'no right to create the schema';
  END;
END $$;
