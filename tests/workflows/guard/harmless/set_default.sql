-- migration
ALTER TABLE users ALTER COLUMN visits SET DEFAULT 0;
