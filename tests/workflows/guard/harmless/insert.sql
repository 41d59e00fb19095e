-- migration
INSERT INTO settings VALUES ('a', 'b'), ('c', 'd');
