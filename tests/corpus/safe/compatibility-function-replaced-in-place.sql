CREATE OR REPLACE FUNCTION order_total(wanted integer) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(sum(quantity::bigint * price_cents), 0)::bigint FROM order_items WHERE order_id = wanted $$;
