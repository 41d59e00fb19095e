CREATE TABLE billing.coupons (code text PRIMARY KEY, percent_off integer NOT NULL);
INSERT INTO billing.coupons SELECT code, percent_off FROM public.coupons;
DROP TABLE coupons;
