-- migration
INSERT INTO items (order_id, name, amount) VALUES (1, 'x', 1);
