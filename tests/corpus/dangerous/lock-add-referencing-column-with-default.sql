ALTER TABLE orders
  ADD COLUMN sales_category_id integer NOT NULL DEFAULT 1 REFERENCES categories (id);
