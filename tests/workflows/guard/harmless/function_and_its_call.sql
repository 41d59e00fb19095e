-- migration
CREATE FUNCTION add_tags() RETURNS void LANGUAGE sql AS $$ INSERT INTO settings VALUES ('tag', '1') $$; SELECT add_tags();
