\ir cleanup.inc
ALTER TABLE products ADD COLUMN ean text;
