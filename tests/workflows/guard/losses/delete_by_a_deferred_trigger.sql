-- loses: public.items
-- setup
CREATE FUNCTION sweep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM public.items; RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER sweep AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sweep();
-- migration
INSERT INTO settings VALUES ('a', 'b');
