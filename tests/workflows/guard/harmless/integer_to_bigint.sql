-- migration
ALTER TABLE items ALTER COLUMN amount TYPE bigint;
