-- loses: public.invoice
-- migration
ALTER SEQUENCE invoice RESTART WITH 1;
