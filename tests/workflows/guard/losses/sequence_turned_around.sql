-- loses: public.invoice
-- migration
ALTER SEQUENCE invoice INCREMENT BY -1 MINVALUE 1;
