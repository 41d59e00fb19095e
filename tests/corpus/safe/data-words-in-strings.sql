INSERT INTO audit.log (what, details) VALUES
  ('cleanup planned', '{"sql": "DROP TABLE orders; DELETE FROM customers"}'),
  (E'it''s only text: \'; TRUNCATE carts; --', NULL),
  ($txt$DO $$ BEGIN DROP TABLE users; END $$;$txt$, NULL),
  (U&'DR\004FP TABLE sessions', NULL);
