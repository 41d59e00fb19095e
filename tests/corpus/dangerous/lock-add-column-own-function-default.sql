CREATE OR REPLACE FUNCTION public.short_code() RETURNS text
LANGUAGE sql AS $$
  SELECT substr(md5(random()::text), 1, 8);
$$;

ALTER TABLE customers ADD COLUMN referral_code text NOT NULL DEFAULT public.short_code();
