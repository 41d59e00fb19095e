-- migration
DROP TRIGGER log_items ON items; CREATE TRIGGER log_items AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION log_it();
