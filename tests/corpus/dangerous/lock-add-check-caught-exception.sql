DO $$ BEGIN
  ALTER TABLE "order_items" ADD CONSTRAINT "price_not_negative" CHECK ("price_cents" >= 0);
EXCEPTION
  WHEN duplicate_object THEN null;
END $$;
