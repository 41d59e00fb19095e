ALTER TABLE billing.refunds VALIDATE CONSTRAINT refunds_payment_fk;
