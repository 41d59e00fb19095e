CREATE SCHEMA import_tmp;
CREATE TABLE import_tmp.rows (line text);
INSERT INTO import_tmp.rows SELECT sku FROM public.products;
CREATE TABLE public.known_skus AS SELECT DISTINCT line AS sku FROM import_tmp.rows;
DROP SCHEMA import_tmp CASCADE;
