-- migration
ALTER TABLE users ALTER COLUMN born TYPE timestamptz;
