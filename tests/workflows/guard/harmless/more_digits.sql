-- migration
ALTER TABLE users ALTER COLUMN credit TYPE numeric(20, 4);
