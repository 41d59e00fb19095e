ALTER TABLE billing.refunds ADD CONSTRAINT refunds_payment_fk
  FOREIGN KEY (payment_id) REFERENCES billing.payments (id) NOT VALID;
