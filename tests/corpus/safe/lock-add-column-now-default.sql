ALTER TABLE customers ADD COLUMN consent_at timestamptz NOT NULL DEFAULT now();
