-- migration
CREATE TABLE items_new (LIKE items INCLUDING ALL); INSERT INTO items_new SELECT * FROM items; ALTER TABLE items RENAME TO items_old; ALTER TABLE items_new RENAME TO items;
