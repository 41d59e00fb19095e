-- Up Migration
CREATE OR REPLACE VIEW order_totals AS
  SELECT o.id AS order_id, o.user_id, o.status, sum(i.quantity * i.price_cents) AS total_cents,
         count(*) AS items
  FROM orders o
  JOIN order_items i ON i.order_id = o.id
  GROUP BY o.id;

-- Down Migration
