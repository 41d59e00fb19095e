-- loses: public.measures.value
-- setup
CREATE TABLE measures (value double precision); INSERT INTO measures VALUES (0.123456789012);
-- migration
ALTER TABLE measures ALTER COLUMN value TYPE real;
