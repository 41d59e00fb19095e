-- Up Migration
ALTER TABLE payments ADD CONSTRAINT payments_amount_positive CHECK (amount_cents > 0) NOT VALID;

-- Down Migration
ALTER TABLE payments DROP CONSTRAINT IF EXISTS payments_amount_positive;
