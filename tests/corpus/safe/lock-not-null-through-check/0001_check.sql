ALTER TABLE products ADD CONSTRAINT products_color_set CHECK (color IS NOT NULL) NOT VALID;
ALTER TABLE products ALTER COLUMN color SET DEFAULT 'none';
