drop materialized view daily_sales;
