CREATE TEMP TABLE legacy_coupons (LIKE public.legacy_coupons);
INSERT INTO legacy_coupons SELECT * FROM public.legacy_coupons;
DROP TABLE public.legacy_coupons;
