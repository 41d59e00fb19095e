DO $migration$
DECLARE
  target text := 'order_items';
BEGIN
  EXECUTE 'ALTER TABLE ' || quote_ident(target) || ' ALTER COLUMN order_id TYPE bigint';
END;
$migration$ LANGUAGE plpgsql;
