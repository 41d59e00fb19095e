-- loses: public.events_2025
-- migration
ALTER TABLE events DETACH PARTITION events_2025;
