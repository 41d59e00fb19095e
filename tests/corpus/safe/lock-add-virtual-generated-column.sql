ALTER TABLE order_items
  ADD COLUMN line_total integer GENERATED ALWAYS AS (quantity * price_cents) VIRTUAL;
