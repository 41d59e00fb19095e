-- Up Migration
CREATE TRIGGER customers_vat_guard BEFORE INSERT ON customers
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
ALTER TABLE customers VALIDATE CONSTRAINT customers_email_filled;
-- Down Migration
DROP TRIGGER customers_vat_guard ON customers;
