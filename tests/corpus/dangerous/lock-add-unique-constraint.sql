ALTER TABLE billing.payments ADD CONSTRAINT payments_provider_ref_key UNIQUE (provider, provider_ref);
