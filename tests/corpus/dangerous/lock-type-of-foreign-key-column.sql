ALTER TABLE cart_items ALTER COLUMN product_id TYPE bigint;
