-- retention: 30 days
ALTER TABLE events DETACH PARTITION events_2026_09;
DROP TABLE events_2026_09;
