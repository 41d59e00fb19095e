BEGIN;
CREATE TABLE vouchers (code text PRIMARY KEY, percent_off integer NOT NULL);
INSERT INTO vouchers SELECT code, percent_off FROM coupons;
DROP TABLE
  legacy_coupons,
  "LegacyOrders",
  coupons;
COMMIT;
