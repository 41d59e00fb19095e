ALTER TABLE products ALTER COLUMN color SET NOT NULL;
ALTER TABLE products DROP CONSTRAINT products_color_set;
