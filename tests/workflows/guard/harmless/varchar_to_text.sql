-- migration
ALTER TABLE users ALTER COLUMN phone TYPE text;
