ALTER PUBLICATION shop_changes ADD TABLE products;
