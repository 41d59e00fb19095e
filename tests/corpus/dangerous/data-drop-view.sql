DROP VIEW IF EXISTS order_overview;
