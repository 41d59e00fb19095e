ALTER TABLE billing.payments ADD CONSTRAINT payments_provider_ref_key UNIQUE USING INDEX payments_provider_ref_key;
