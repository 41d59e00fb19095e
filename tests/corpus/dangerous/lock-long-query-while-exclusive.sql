BEGIN;
ALTER TABLE customers ADD COLUMN order_count integer;
CREATE TABLE order_counts AS SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id;
COMMIT;
