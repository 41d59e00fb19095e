-- import_rows never got a key; the admin needs one.
ALTER TABLE scratch_2019.import_rows ADD COLUMN row_id serial PRIMARY KEY;
