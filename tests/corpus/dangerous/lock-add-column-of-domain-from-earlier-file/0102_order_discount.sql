ALTER TABLE orders ADD COLUMN discount percent DEFAULT 0;
