-- loses: public.mine
-- setup
CREATE TABLE mine AS SELECT 1 AS a; ALTER TABLE mine OWNER TO somebody;
-- migration
DROP OWNED BY somebody;
