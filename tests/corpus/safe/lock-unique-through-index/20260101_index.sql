CREATE UNIQUE INDEX CONCURRENTLY payments_provider_ref_key ON billing.payments (provider_ref);
