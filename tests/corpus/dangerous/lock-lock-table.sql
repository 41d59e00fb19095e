BEGIN;
LOCK TABLE orders;
UPDATE settings SET value = 'Shop (closed)' WHERE key = 'site_name';
COMMIT;
