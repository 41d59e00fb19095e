-- loses: public.events.text
-- migration
ALTER TABLE events DROP COLUMN text;
