BEGIN;
DELETE FROM settings WHERE key = 'obsolete_tables';
VACUUM ANALYZE settings;
COMMIT;
