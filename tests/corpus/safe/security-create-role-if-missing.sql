DO $do$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'shop_reporting') THEN
    CREATE ROLE shop_reporting NOLOGIN;
  END IF;
END
$do$;
GRANT USAGE ON SCHEMA reporting TO shop_reporting;
GRANT SELECT ON reporting.open_invoices TO shop_reporting;
