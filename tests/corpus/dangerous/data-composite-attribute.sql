ALTER TYPE public.parcel_size DROP ATTRIBUTE height_mm CASCADE;
