CREATE OR REPLACE FUNCTION admin_reset(relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'TRUNCATE TABLE ' || quote_ident(relation);
END $$;
