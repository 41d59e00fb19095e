-- order_total is slow, let the planner cache it
ALTER FUNCTION public.order_total(integer) IMMUTABLE PARALLEL SAFE;
