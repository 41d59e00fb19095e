CREATE INDEX downloads_path_idx ON downloads (path);
