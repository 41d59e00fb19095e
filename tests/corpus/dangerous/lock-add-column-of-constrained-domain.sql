CREATE DOMAIN iban AS text
  CONSTRAINT iban_shape CHECK (VALUE ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$');

ALTER TABLE customers ADD COLUMN payout_iban iban;
