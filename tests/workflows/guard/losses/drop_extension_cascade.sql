-- loses: public.tagged.tags
-- only: superuser
-- setup
CREATE EXTENSION hstore; CREATE TABLE tagged (id int, tags hstore); INSERT INTO tagged VALUES (1, 'a=>1');
-- migration
DROP EXTENSION hstore CASCADE;
