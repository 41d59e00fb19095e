-- Up Migration
CREATE TABLE vouchers (code text PRIMARY KEY);
COMMIT;
DROP TABLE coupons;
-- Down Migration
