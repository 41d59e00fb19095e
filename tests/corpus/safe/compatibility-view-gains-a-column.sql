CREATE OR REPLACE VIEW customer_directory AS
  SELECT id, email, full_name, phone, country, currency FROM customers WHERE deleted_at IS NULL;
