CREATE TABLE products_before AS SELECT id, title FROM products WHERE id > 1;
UPDATE products SET title = upper(title) WHERE id > 1;
