CREATE TEMP TABLE coupons AS SELECT code FROM public.coupons;
DELETE FROM coupons WHERE code = 'CODE1';
DROP TABLE coupons;
