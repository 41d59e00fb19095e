ALTER DOMAIN public.money_cents SET NOT NULL;
