ALTER TABLE customers VALIDATE CONSTRAINT customers_vat_id_length;
ALTER TABLE customers ALTER COLUMN currency SET NOT NULL;
