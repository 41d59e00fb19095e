-- Up Migration
DROP VIEW reporting.open_invoices CASCADE;
CREATE VIEW reporting.open_invoices AS
  SELECT i.number, i.amount, i.order_id, i.issued_on FROM billing.invoices i WHERE i.paid_at IS NULL;
-- Down Migration
