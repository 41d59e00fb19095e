INSERT INTO settings (key, value) VALUES
  ('support_email', 'help@example.com'),
  ('site_name', 'Shop')
ON CONFLICT (key) DO NOTHING;
