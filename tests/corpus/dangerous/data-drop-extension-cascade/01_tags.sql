CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE tags (id integer PRIMARY KEY, name citext NOT NULL);
INSERT INTO tags VALUES (1, 'Sale'), (2, 'New');
