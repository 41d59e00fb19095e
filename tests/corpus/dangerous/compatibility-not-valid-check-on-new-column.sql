-- Up Migration
-- Step 1 of 3, as the handbook says.
ALTER TABLE orders ADD COLUMN channel text;
ALTER TABLE orders ADD CONSTRAINT orders_channel_present CHECK (channel IS NOT NULL) NOT VALID;
-- Down Migration
ALTER TABLE orders DROP COLUMN channel;
