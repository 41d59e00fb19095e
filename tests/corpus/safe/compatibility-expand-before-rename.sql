-- expand: the contract step follows when no old instance runs any more
ALTER TABLE orders ADD COLUMN remark text;
CREATE FUNCTION orders_sync_remark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.remark := coalesce(NEW.note, NEW.remark);
  RETURN NEW;
END $$;
CREATE TRIGGER orders_sync_remark BEFORE INSERT OR UPDATE OF note ON orders
  FOR EACH ROW EXECUTE FUNCTION orders_sync_remark();
