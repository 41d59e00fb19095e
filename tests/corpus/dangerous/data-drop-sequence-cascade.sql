DROP SEQUENCE billing.invoice_number_seq CASCADE;
