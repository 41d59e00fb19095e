BEGIN;
SET LOCAL lock_timeout = '5s';
CREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);
COMMIT;
