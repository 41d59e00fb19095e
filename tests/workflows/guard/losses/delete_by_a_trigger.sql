-- loses: public.items
-- setup
CREATE FUNCTION sweep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM public.items; RETURN NULL; END $$; CREATE TRIGGER sweep AFTER INSERT ON settings FOR EACH ROW EXECUTE FUNCTION sweep();
-- migration
INSERT INTO settings VALUES ('a', 'b');
