BEGIN;
LOCK TABLE billing.payments IN SHARE MODE;
CREATE TABLE billing.payments_backup AS TABLE billing.payments;
COMMIT;
