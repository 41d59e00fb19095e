-- setup
CREATE TABLE codes (code text); INSERT INTO codes VALUES ('1'), ('2');
-- migration
ALTER TABLE codes ALTER COLUMN code TYPE integer USING code::integer;
