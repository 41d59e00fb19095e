ALTER PUBLICATION shop_changes SET TABLE customers, products;
