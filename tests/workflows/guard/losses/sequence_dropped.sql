-- loses: public.invoice
-- migration
DROP SEQUENCE invoice;
