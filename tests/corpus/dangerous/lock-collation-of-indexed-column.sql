ALTER TABLE products ALTER COLUMN title TYPE text COLLATE "ucs_basic";
