CREATE OR REPLACE FUNCTION billing.renumber() RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
  highest bigint;
BEGIN
  LOCK TABLE billing.invoices IN EXCLUSIVE MODE;
  SELECT max(number) INTO highest FROM billing.invoices;
  PERFORM setval('billing.invoice_number_seq', highest);
  RETURN highest;
END
$body$;
SELECT billing.renumber();
