CREATE RULE settings_changed AS ON UPDATE TO settings DO ALSO DELETE FROM sessions;
UPDATE settings SET value = 'Shop 2' WHERE key = 'site_name';
