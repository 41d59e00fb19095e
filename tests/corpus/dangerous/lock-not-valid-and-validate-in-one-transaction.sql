BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_note_short CHECK (length(note) < 500) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_note_short;
COMMIT;
