-- migration
DROP TRIGGER log_items ON items;
