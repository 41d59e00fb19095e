-- migration
INSERT INTO settings VALUES ('colour', 'x') ON CONFLICT DO NOTHING;
