UPDATE public.customers AS c SET country = 'AT', updated_at = now() WHERE 'x' = 'x';
