CREATE INDEX visits_path_idx ON ONLY visits (path);
