BEGIN;
ALTER TABLE customers ADD COLUMN tier text;
SELECT pg_sleep(0.2); -- let the replicas catch up
COMMIT;
