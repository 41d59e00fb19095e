ALTER TABLE events_2026_11 ADD CONSTRAINT in_november
  CHECK (occurred_at IS NOT NULL AND occurred_at >= '2026-11-01' AND occurred_at < '2026-12-01') NOT VALID;
