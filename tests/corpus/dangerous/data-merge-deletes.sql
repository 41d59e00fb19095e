CREATE TEMP TABLE obsolete AS SELECT code FROM coupons WHERE code = 'CODE1';
MERGE INTO public.legacy_coupons c
USING obsolete o ON true
WHEN MATCHED THEN DELETE;
