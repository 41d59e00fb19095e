-- loses: public.settings
-- migration
CREATE TEMP TABLE kept AS SELECT * FROM settings LIMIT 1; DROP TABLE settings; CREATE TABLE settings (key text PRIMARY KEY, value text); INSERT INTO settings SELECT * FROM kept;
