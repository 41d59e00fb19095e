-- We are at 1.9 billion products, this cannot wait!
ALTER TABLE products ALTER COLUMN id TYPE bigint;
ALTER SEQUENCE products_id_seq AS bigint;
