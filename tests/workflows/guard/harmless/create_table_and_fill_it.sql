-- migration
CREATE TABLE tags (id bigserial PRIMARY KEY, name text); INSERT INTO tags (name) VALUES ('a'), ('b');
