CREATE FUNCTION pg_temp.add_check(tbl text, name text, expr text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%s)', tbl, name, expr);
END $$;

SELECT pg_temp.add_check('order_items', 'line_positive', 'line > 0');
