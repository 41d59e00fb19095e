UPDATE customers SET currency = 'EUR' WHERE currency IS NULL;
ALTER TABLE customers ALTER COLUMN currency SET NOT NULL;
