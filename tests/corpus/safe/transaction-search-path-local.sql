BEGIN;
SET LOCAL search_path = reporting, public;
CREATE VIEW paid_invoices AS SELECT number, amount FROM billing.invoices WHERE paid_at IS NOT NULL;
COMMIT;
