-- Every order gets a public id for the new tracking page.
ALTER TABLE orders ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid();
COMMENT ON COLUMN orders.public_id IS 'Shown in the tracking URL.';
