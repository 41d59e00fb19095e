DROP FUNCTION IF EXISTS price_with_tax(integer);
CREATE FUNCTION price_with_tax(cents integer, country char(2)) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$ SELECT round(cents * CASE country WHEN 'DE' THEN 1.19 ELSE 1.2 END)::integer $$;
