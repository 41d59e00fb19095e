BEGIN;
CREATE FUNCTION customer_exists(address text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM public.customers WHERE email = address) $$;
REVOKE ALL ON FUNCTION customer_exists(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customer_exists(text) TO shop_app;
COMMIT;
