CREATE TABLE page_views (at timestamptz NOT NULL, path text) PARTITION BY RANGE (at);
CREATE TABLE page_views_2026 PARTITION OF page_views FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
