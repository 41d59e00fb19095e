DO $$
DECLARE
  tbl text := 'coupons';
BEGIN
  EXECUTE 'COMMENT ON TABLE ' || quote_ident(tbl) || ' IS ' || quote_literal('replaced DROP TABLE by retire');
  EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS %I text', tbl, 'campaign');
END $$;
