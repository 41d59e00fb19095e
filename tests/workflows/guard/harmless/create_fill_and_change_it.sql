-- migration
CREATE TABLE tags (id int, name text); INSERT INTO tags VALUES (1, 'a'), (2, 'b'); UPDATE tags SET name = 'c'; DELETE FROM tags WHERE id = 1;
