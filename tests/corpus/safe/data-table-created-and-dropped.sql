CREATE TABLE import_buffer (line text);
INSERT INTO import_buffer VALUES ('a;b'), ('c;d');
CREATE TABLE category_labels AS
  SELECT split_part(line, ';', 1) AS key, split_part(line, ';', 2) AS label FROM import_buffer;
DELETE FROM import_buffer WHERE line LIKE 'a%';
TRUNCATE import_buffer;
DROP TABLE import_buffer;
