ALTER TABLE "products"
  ALTER COLUMN "sku" TYPE character varying(40) USING regexp_replace("sku", '[^0-9]', '', 'g');
