-- loses: public.settings.value
-- migration
INSERT INTO settings VALUES ('colour', 'red') ON CONFLICT (key) DO UPDATE SET value = excluded.value;
