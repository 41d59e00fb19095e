alter table billing.payments alter column captured_at type timestamptz(0);
