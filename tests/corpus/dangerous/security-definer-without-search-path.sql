CREATE OR REPLACE FUNCTION customer_email(wanted bigint) RETURNS text
LANGUAGE sql
STABLE
SECURITY DEFINER
AS $$
  SELECT email FROM customers WHERE id = wanted;
$$;
