-- loses: public.events_2026
-- migration
DELETE FROM events_2026;
