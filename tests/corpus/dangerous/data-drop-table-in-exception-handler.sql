DO $$
BEGIN
  CREATE TABLE settings (name text PRIMARY KEY, value jsonb);
EXCEPTION WHEN duplicate_table THEN
  DROP TABLE settings;
  CREATE TABLE settings (name text PRIMARY KEY, value jsonb);
END $$;
