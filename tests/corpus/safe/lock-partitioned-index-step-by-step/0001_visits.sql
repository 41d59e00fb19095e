CREATE TABLE visits (at timestamptz NOT NULL, path text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO visits SELECT '2026-05-01', '/' FROM generate_series(1, 20);
