-- loses: public.items
-- migration
CREATE TABLE items_new AS SELECT * FROM items WHERE amount > 10; ALTER TABLE items RENAME TO items_old; ALTER TABLE items_new RENAME TO items;
