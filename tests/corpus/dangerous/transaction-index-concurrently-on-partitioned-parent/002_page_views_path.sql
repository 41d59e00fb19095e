CREATE INDEX CONCURRENTLY page_views_path_idx ON page_views (path);
