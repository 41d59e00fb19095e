ALTER TABLE products ALTER COLUMN color SET DEFAULT 'none';
ALTER TABLE products ADD CONSTRAINT products_color_not_null NOT NULL color NOT VALID;
