-- migration
ALTER TABLE items ADD COLUMN total numeric; UPDATE items SET total = o.total FROM orders o WHERE o.id = items.order_id;
