CREATE INDEX CONCURRENTLY IF NOT EXISTS categories_name_idx ON categories (name);
INSERT INTO categories (name) VALUES ('Books'), ('Music'), ('Games');
