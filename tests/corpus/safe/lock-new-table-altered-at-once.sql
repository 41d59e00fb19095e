BEGIN;
CREATE TABLE public.suppliers (id int, name varchar(50), country text);
ALTER TABLE suppliers ADD PRIMARY KEY (id);
ALTER TABLE suppliers ALTER COLUMN id TYPE bigint;
ALTER TABLE "suppliers" ALTER COLUMN name SET NOT NULL;
ALTER TABLE public.suppliers ADD CONSTRAINT country_code CHECK (length(country) = 2);
ALTER TABLE suppliers RENAME COLUMN country TO country_code;
CREATE INDEX suppliers_name_idx ON suppliers (name);
COMMIT;
