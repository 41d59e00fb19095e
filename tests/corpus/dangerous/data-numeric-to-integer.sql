INSERT INTO billing.refunds (payment_id, amount) VALUES (1, 12.49);
ALTER TABLE billing.refunds ALTER COLUMN amount TYPE integer;
