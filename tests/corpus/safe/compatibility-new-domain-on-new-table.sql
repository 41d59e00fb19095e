CREATE DOMAIN gtin AS text CHECK (VALUE ~ '^[0-9]{8,14}$');
CREATE TABLE barcodes (code gtin PRIMARY KEY, product_id integer NOT NULL);
ALTER DOMAIN gtin ADD CONSTRAINT gtin_not_zero CHECK (VALUE <> '00000000') NOT VALID;
CREATE INDEX ON barcodes (product_id);
