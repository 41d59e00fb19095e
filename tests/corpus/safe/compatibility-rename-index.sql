ALTER INDEX IF EXISTS idx_products_title RENAME TO products_title_idx;
