-- Reporting only ever looks at the day.
DROP MATERIALIZED VIEW daily_sales;
DROP VIEW order_overview;
ALTER TABLE orders ALTER COLUMN placed_at DROP DEFAULT,
                   ALTER COLUMN placed_at TYPE date USING placed_at::date,
                   ALTER COLUMN placed_at SET DEFAULT current_date;
CREATE VIEW order_overview AS
  SELECT o.id, o.status, o.placed_at, o.total, c.full_name, c.email
  FROM orders o JOIN customers c ON c.id = o.customer_id;
CREATE MATERIALIZED VIEW daily_sales AS
  SELECT placed_at AS day, count(*) AS orders, sum(total) AS total FROM orders GROUP BY 1;
