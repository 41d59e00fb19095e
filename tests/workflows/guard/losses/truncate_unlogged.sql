-- loses: public.cache
-- setup
CREATE UNLOGGED TABLE cache (id int); INSERT INTO cache VALUES (1), (2);
-- migration
TRUNCATE cache;
