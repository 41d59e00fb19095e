CREATE TABLE clicks (at timestamptz NOT NULL, url text) PARTITION BY RANGE (at);
CREATE TABLE clicks_2026 PARTITION OF clicks FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE clicks_rest PARTITION OF clicks DEFAULT;
CREATE INDEX clicks_at_idx ON clicks (at);
