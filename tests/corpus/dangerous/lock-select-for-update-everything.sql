BEGIN;
SELECT count(*) FROM (SELECT id FROM customers FOR UPDATE) AS locked;
UPDATE settings SET value = 'Shop (maintenance)' WHERE key = 'site_name';
COMMIT;
