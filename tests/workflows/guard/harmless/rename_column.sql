-- migration
ALTER TABLE users RENAME COLUMN phone TO telephone;
