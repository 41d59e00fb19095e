ALTER FUNCTION public.order_total(integer) SECURITY DEFINER;
