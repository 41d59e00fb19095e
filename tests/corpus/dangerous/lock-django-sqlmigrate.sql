BEGIN;
--
-- Add field net_total to order
--
ALTER TABLE "orders" ADD COLUMN "net_total" numeric(10, 2) NULL;
--
-- Raw SQL operation
--
UPDATE orders SET net_total = total / 1.19;
--
-- Alter field note on order
--
ALTER TABLE "orders" ALTER COLUMN "note" SET DEFAULT '';
ALTER TABLE "orders" ALTER COLUMN "note" DROP DEFAULT;
COMMIT;
