SELECT pg_catalog.set_config('lock_timeout', '0', false);
ALTER TABLE products ADD COLUMN ean varchar(14);
