-- loses: public.homes.address
-- setup
CREATE TYPE address AS (street text, zip text); CREATE TABLE homes (id int, address address); INSERT INTO homes VALUES (1, ROW('street', NULL));
-- migration
ALTER TABLE homes DROP COLUMN address;
