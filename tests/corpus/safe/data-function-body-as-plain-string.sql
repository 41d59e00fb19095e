CREATE OR REPLACE FUNCTION remove_coupon(wanted text) RETURNS void AS '
BEGIN
  DELETE FROM coupons WHERE code = wanted;
  RAISE NOTICE ''removed %; no DROP TABLE, no TRUNCATE'', wanted;
END;
' LANGUAGE plpgsql;
