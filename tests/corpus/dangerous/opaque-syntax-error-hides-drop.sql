ALTER TABLE orders ADD COLUM priority integer;

DROP TABLE customers CASCADE;
