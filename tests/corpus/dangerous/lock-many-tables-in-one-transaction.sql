-- multi tenancy, part 1
BEGIN;
ALTER TABLE customers ADD COLUMN tenant_id bigint;
ALTER TABLE orders ADD COLUMN tenant_id bigint;
ALTER TABLE products ADD COLUMN tenant_id bigint;
ALTER TABLE billing.invoices ADD COLUMN tenant_id bigint;
ALTER TABLE billing.payments ADD COLUMN tenant_id bigint;
COMMIT;
