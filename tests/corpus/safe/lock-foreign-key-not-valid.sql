-- Up Migration
ALTER TABLE orders ADD CONSTRAINT orders_shipping_address_fk
  FOREIGN KEY (shipping_address_id) REFERENCES addresses (id) NOT VALID;
-- Down Migration
ALTER TABLE orders DROP CONSTRAINT orders_shipping_address_fk;
