DO $$
DECLARE
  tbl  CONSTANT name := 'customers';
  verb text;
  ddl  text := 'ALTER TABLE ' || tbl;
BEGIN
  verb := CASE WHEN tbl = 'customers' THEN 'DROP' ELSE 'ADD' END;
  ddl := ddl || ' ' || verb || ' COLUMN notes';
  RAISE NOTICE '%', ddl;
  EXECUTE ddl;
END $$;
