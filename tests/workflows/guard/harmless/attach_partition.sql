-- migration
CREATE TABLE events_2028 (id bigint, day date, text text); ALTER TABLE events ATTACH PARTITION events_2028 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
