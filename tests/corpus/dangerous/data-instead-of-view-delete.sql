CREATE VIEW cart_lines AS SELECT * FROM cart_items;
DELETE FROM cart_lines;
