-- loses: public.invoice
-- setup
CREATE VIEW reset AS SELECT setval('invoice', 1) AS position;
-- migration
SELECT * FROM reset;
