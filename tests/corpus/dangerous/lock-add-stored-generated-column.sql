-- Up Migration

ALTER TABLE order_items
  ADD COLUMN line_total integer GENERATED ALWAYS AS (quantity * price_cents) STORED;

-- Down Migration

ALTER TABLE order_items DROP COLUMN line_total;
