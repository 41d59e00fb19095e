-- migration
ALTER TABLE users SET (fillfactor = 90); ALTER TABLE users ALTER COLUMN notes SET STORAGE EXTERNAL;
