-- Up Migration
ALTER TYPE order_status RENAME VALUE 'cancelled' TO 'canceled';
-- Down Migration
ALTER TYPE order_status RENAME VALUE 'canceled' TO 'cancelled';
