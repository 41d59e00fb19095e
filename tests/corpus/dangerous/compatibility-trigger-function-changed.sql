CREATE FUNCTION require_vat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.vat_id IS NULL THEN
    RAISE EXCEPTION 'a VAT id is required';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER customers_require_vat BEFORE INSERT ON customers
  FOR EACH ROW EXECUTE FUNCTION require_vat();
