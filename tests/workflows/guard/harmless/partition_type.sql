-- migration
ALTER TABLE events ALTER id TYPE numeric;
