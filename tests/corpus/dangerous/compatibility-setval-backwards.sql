SELECT setval('billing.invoice_number_seq', 10000, false);
