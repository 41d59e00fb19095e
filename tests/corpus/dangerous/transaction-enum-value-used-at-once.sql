BEGIN;
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned';
UPDATE orders SET status = 'returned' WHERE id = 7 AND status = 'shipped';
COMMIT;
