-- loses: public.events_2025
-- migration
DROP TABLE events_2025;
