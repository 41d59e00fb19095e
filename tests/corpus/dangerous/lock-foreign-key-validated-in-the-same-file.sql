-- Up Migration
ALTER TABLE billing.refunds ADD CONSTRAINT refunds_payment_fk
  FOREIGN KEY (payment_id) REFERENCES billing.payments (id) NOT VALID;

ALTER TABLE billing.refunds VALIDATE CONSTRAINT refunds_payment_fk;

-- Down Migration
ALTER TABLE billing.refunds DROP CONSTRAINT refunds_payment_fk;
