DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'order_items_price_not_negative') THEN
    ALTER TABLE order_items ADD CONSTRAINT order_items_price_not_negative CHECK (price_cents >= 0) NOT VALID;
  END IF;
END
$$;
