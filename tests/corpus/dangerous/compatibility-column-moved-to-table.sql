-- Up Migration
ALTER TABLE billing.invoices RENAME TO documents;
CREATE VIEW billing.invoices AS SELECT id, order_id, number, amount, issued_on, paid_at FROM billing.documents WHERE amount > 0;
-- Down Migration
DROP VIEW billing.invoices;
ALTER TABLE billing.documents RENAME TO invoices;
