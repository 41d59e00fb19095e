-- Up Migration
UPDATE orders SET region = 'eu' WHERE region IS NULL AND id BETWEEN 1 AND 25;
-- Down Migration
