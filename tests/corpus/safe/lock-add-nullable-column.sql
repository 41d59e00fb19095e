ALTER TABLE orders ADD COLUMN IF NOT EXISTS tracking_code text;
COMMENT ON COLUMN orders.tracking_code IS 'Filled by the parcel service; DROP TABLE jokes are not welcome here.';
