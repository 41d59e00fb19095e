CREATE FUNCTION pg_temp.add_setting(k text, v text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO settings (key, value) VALUES (k, v) ON CONFLICT (key) DO NOTHING;
$$;
SELECT pg_temp.add_setting('currency', 'EUR');
SELECT pg_temp.add_setting('imprint', 'DROP us a line');
