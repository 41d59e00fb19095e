-- migration
ALTER TABLE items DISABLE TRIGGER log_items; ALTER TABLE items ADD COLUMN price numeric; UPDATE items SET price = amount; ALTER TABLE items ENABLE TRIGGER log_items;
