CREATE SCHEMA retired;
CREATE TABLE drafts (id integer PRIMARY KEY, body text);
INSERT INTO drafts VALUES (1, 'x');
