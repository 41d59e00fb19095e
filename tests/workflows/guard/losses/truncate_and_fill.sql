-- loses: public.settings
-- migration
TRUNCATE settings; INSERT INTO settings VALUES ('colour', 'x'), ('size', 'y');
