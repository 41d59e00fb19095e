DROP TABLE IF EXISTS coupons;
CREATE TABLE coupons (
  code        text PRIMARY KEY,
  percent_off integer NOT NULL,
  valid_until date
);
