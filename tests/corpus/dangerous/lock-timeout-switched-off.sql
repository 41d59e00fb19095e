SET lock_timeout = 0;
ALTER TABLE orders ADD COLUMN gift boolean NOT NULL DEFAULT false;
