CREATE TABLE visits (customer_id bigint, seen_on date NOT NULL) PARTITION BY RANGE (seen_on);
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
