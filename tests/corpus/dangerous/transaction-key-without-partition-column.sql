ALTER TABLE events ADD CONSTRAINT events_number UNIQUE (id);
