ALTER INDEX visits_path_idx ATTACH PARTITION visits_2026_path_idx;
