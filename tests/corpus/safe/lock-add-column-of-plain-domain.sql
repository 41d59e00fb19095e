CREATE DOMAIN nickname AS varchar(40);
ALTER TABLE customers ADD COLUMN nick nickname DEFAULT 'none';
