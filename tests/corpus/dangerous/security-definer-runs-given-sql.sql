-- Up Migration
CREATE FUNCTION run_report(query text) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE query;
END $$;
-- Down Migration
DROP FUNCTION run_report(text);
