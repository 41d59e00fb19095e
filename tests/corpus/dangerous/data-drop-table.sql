-- not used since 2021
DROP TABLE IF EXISTS legacy_coupons;
