CREATE FUNCTION pg_temp.clean_up() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DROP TABLE IF EXISTS legacy_coupons;
  DROP TABLE IF EXISTS "LegacyOrders";
END
$$;

SELECT pg_temp.clean_up();
