ALTER TABLE products VALIDATE CONSTRAINT products_color_not_null;
