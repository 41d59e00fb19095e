ALTER TABLE coupons ADD COLUMN note text;

-- Down Migration
DROP TABLE coupons;
