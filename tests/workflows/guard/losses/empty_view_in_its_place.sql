-- loses: public.items
-- migration
ALTER TABLE items RENAME TO items_base; CREATE VIEW items AS SELECT * FROM items_base WHERE false;
