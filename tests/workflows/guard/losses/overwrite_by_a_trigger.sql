-- loses: public.users
-- setup
CREATE FUNCTION fix() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE public.users SET name = 'x'; RETURN NULL; END $$; CREATE TRIGGER fix AFTER INSERT ON settings FOR EACH ROW EXECUTE FUNCTION fix();
-- migration
INSERT INTO settings VALUES ('a', 'b');
