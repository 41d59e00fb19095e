ALTER TABLE products VALIDATE CONSTRAINT products_color_set;
