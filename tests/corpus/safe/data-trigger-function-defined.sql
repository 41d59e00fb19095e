-- Up Migration
CREATE TABLE cart_locks (cart_id uuid PRIMARY KEY REFERENCES carts (id) ON DELETE CASCADE, at timestamptz);
CREATE FUNCTION release_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM cart_locks WHERE cart_id = OLD.cart_id AND at < now() - interval '1 hour';
  RETURN NEW;
END $$;
CREATE TRIGGER cart_locks_release BEFORE UPDATE ON cart_locks FOR EACH ROW EXECUTE FUNCTION release_lock();
-- Down Migration
DROP TABLE cart_locks;
DROP FUNCTION release_lock();
