CREATE VIEW active_coupons AS SELECT code, percent_off FROM coupons WHERE valid_until >= current_date;
CREATE FUNCTION expire_coupon() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE coupons SET valid_until = current_date - 1 WHERE code = OLD.code;
  RETURN OLD;
END $$;
CREATE TRIGGER active_coupons_delete INSTEAD OF DELETE ON active_coupons
  FOR EACH ROW EXECUTE FUNCTION expire_coupon();
GRANT SELECT ON active_coupons TO shop_app;
