ALTER TABLE IF EXISTS public.coupons RENAME TO vouchers;
