BEGIN;
ALTER TABLE products ADD COLUMN stock integer CHECK (stock >= 0);
COMMIT;
