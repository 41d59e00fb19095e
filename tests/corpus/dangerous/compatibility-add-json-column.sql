ALTER TABLE addresses ADD COLUMN geocode json;
