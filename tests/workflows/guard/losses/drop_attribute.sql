-- loses: public.address.zip
-- setup
CREATE TYPE address AS (street text, zip text); CREATE TABLE homes (id int, address address); INSERT INTO homes VALUES (1, ROW('street', '12345'));
-- migration
ALTER TYPE address DROP ATTRIBUTE zip;
