CREATE INDEX CONCURRENTLY visits_2026_path_idx ON visits_2026 (path);
