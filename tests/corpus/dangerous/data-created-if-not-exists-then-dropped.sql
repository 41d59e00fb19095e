CREATE TABLE IF NOT EXISTS coupons (code text PRIMARY KEY);
-- smoke test of the grants
DROP TABLE coupons;
