-- loses: public.settings
-- migration
DELETE FROM settings; INSERT INTO settings VALUES ('colour', 'x'), ('size', 'y');
