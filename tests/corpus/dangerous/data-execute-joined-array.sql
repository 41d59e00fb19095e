DO $$
DECLARE
  words text[] := ARRAY['ALTER TABLE addresses', 'DROP COLUMN city'];
BEGIN
  EXECUTE array_to_string(words, ' ');
END
$$;
