CREATE MATERIALIZED VIEW reporting.sales_by_country AS
  SELECT c.country, count(*) AS orders FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1
WITH NO DATA;
CREATE UNIQUE INDEX ON reporting.sales_by_country (country);
REFRESH MATERIALIZED VIEW reporting.sales_by_country;
