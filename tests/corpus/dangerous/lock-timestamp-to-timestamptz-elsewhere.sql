BEGIN;
SET LOCAL TIME ZONE 'Europe/Berlin';
ALTER TABLE orders ALTER COLUMN promised_at TYPE timestamptz;
COMMIT;
